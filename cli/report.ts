import { MINUTE } from "../domain/clock.ts";
import { readCovered } from "../domain/covered.ts";
import type { Incident } from "../domain/incident.ts";
import { buildReport, type Month, parseMonth, type Report, type ReportRow } from "../domain/report.ts";
import { operator } from "../domain/viewer.ts";
import { type Command, err, out } from "./command.ts";
import { type Desk, withStore } from "./with_store.ts";

/** More incidents than this in a month are read in pages. */
const PAGE = 500;

/** Prints a month's report. */
export const report: Command = {
  name: "report",
  args: "[YYYY-MM] [--json]",
  about: "print a month's SLA report; last month by default",
  run: (args) => {
    const option = args.find((arg) => arg.startsWith("-") && arg !== "--json");
    if (option !== undefined) {
      err(`unknown option: ${option}
usage: hora report [YYYY-MM] [--json]`);
      return Promise.resolve(1);
    }
    return withStore(async (desk) => {
      const now = desk.clock.now();
      const month = parseMonth(args.find((arg) => !arg.startsWith("-")) ?? lastMonth(now), now);
      if (month === null) {
        err("month must be YYYY-MM and not in the future");
        return 1;
      }
      const made = await read(desk, month, now);
      if (args.includes("--json")) out(JSON.stringify(made, null, 2));
      else out(reportText(made, desk.config.page.title));
      return 0;
    });
  },
};

function lastMonth(now: number): string {
  const date = new Date(now);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1));
  return last.toISOString().slice(0, 7);
}

async function read({ config, store }: Desk, month: Month, now: number): Promise<Report> {
  const days = await readCovered(
    store,
    { grain: "day", fromAt: month.startAt, untilAt: month.endAt },
    now,
  );
  const range = { fromAt: month.startAt, untilAt: Math.min(month.endAt, now) };
  const incidents: Incident[] = [];
  while (true) {
    const before = incidents.at(-1);
    const page = await store.incidents.list({ ...range, before, limit: PAGE });
    incidents.push(...page);
    if (page.length < PAGE) break;
  }
  return buildReport({
    config,
    viewer: operator,
    month,
    group: null,
    now,
    days,
    incidents,
  });
}

/** The printed report: sections with their monitors, one line each. */
export function reportText(made: Report, title: string): string {
  const month = new Date(made.month.startAt).toLocaleDateString("en-US", {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  const lines = [`SLA report - ${month} (${title})`];
  for (const section of made.sections) {
    lines.push("", section.name === "" ? "Monitors" : section.name);
    for (const row of section.rows) lines.push(`  ${row.name}: ${rowText(row)}`);
  }
  return lines.join("\n");
}

function rowText(row: ReportRow): string {
  const parts = [row.uptime === null ? "no data" : percent(row.uptime * 100)];
  if (row.incidents > 0) {
    const count = `${row.incidents} incident${row.incidents === 1 ? "" : "s"}`;
    parts.push(count, `${span(row.downtimeMs)} down`);
  }
  if (row.meanRepairMs !== null) parts.push(`MTTR ${span(row.meanRepairMs)}`);
  if (row.slo !== null && row.slo.met !== null) {
    const minutes = (ms: number) => Math.trunc(ms / MINUTE + 1e-6);
    parts.push(`SLO ${percent(row.slo.targetPercent)} ${row.slo.met ? "met" : "MISSED"}`);
    parts.push(`budget ${minutes(row.slo.consumedMs)}m of ${minutes(row.slo.budgetMs)}m`);
  }
  return parts.join(", ");
}

/** Two decimals, half up; what is not whole never reads 100.00%. */
function percent(value: number): string {
  const rounded = Math.floor(value * 100 + 0.5 + 1e-9) / 100;
  return `${(value < 100 ? Math.min(rounded, 99.99) : rounded).toFixed(2)}%`;
}

/** `2h 05m`, `12m`, `45s`. */
function span(ms: number): string {
  const secs = Math.floor(ms / 1000);
  if (secs >= 3600) {
    return `${Math.floor(secs / 3600)}h ${String(Math.floor((secs % 3600) / 60)).padStart(2, "0")}m`;
  }
  return secs >= 60 ? `${Math.floor(secs / 60)}m` : `${secs}s`;
}
