import type { Report, ReportRow, ReportSection } from "../domain/report.ts";
import { type Frame, Layout, monitorPath } from "./layout.tsx";
import { cleanLine, columnsOf, padTo, textOf } from "./text.ts";
import { monthName } from "./times.ts";
import { isolate, words } from "./words.ts";

export interface ReportProps {
  readonly frame: Frame;
  readonly report: Report;
  /** `YYYY-MM` of the neighbours; null: there is none (yet). */
  readonly previous: string | null;
  readonly next: string | null;
}

const DASH = "—";

/** Two decimals, rounded half up: `99.97%`. */
function reportPercent(ratio: number | null): string {
  return ratio === null ? words.noData : `${(Math.floor(ratio * 10_000 + 0.5) / 100).toFixed(2)}%`;
}

/** `{h}h {mm}m`, `{m}m`, `{s}s`; nothing: a long dash. */
function reportDuration(ms: number | null): string {
  const secs = ms === null ? 0 : Math.floor(ms / 1_000);
  if (secs === 0) return DASH;
  if (secs < 60) return `${secs}s`;
  if (secs < 3_600) return `${Math.floor(secs / 60)}m`;
  return `${Math.floor(secs / 3_600)}h ${String(Math.floor((secs % 3_600) / 60)).padStart(2, "0")}m`;
}

/** The cells after the name. */
function reportCells(row: ReportRow): string[] {
  const { slo } = row;
  const goal = slo === null ? DASH : `${slo.targetPercent.toFixed(2)}%`;
  const verdict = slo === null || slo.met === null ? "" : ` · ${slo.met ? words.met : words.missed}`;
  return [
    reportPercent(row.uptime),
    row.incidents === 0 ? DASH : String(row.incidents),
    reportDuration(row.downtimeMs),
    reportDuration(row.meanRepairMs),
    goal + verdict,
    slo === null || row.uptime === null
      ? DASH
      : `${Math.floor(slo.consumedMs / 60_000)}m of ${Math.floor(slo.budgetMs / 60_000)}m`,
  ];
}

export function reportTitle(title: string, group: string | null): string {
  return words.reportTitle(group === null ? title : `${title} · ${group}`);
}

/** A month for paper: tables that repeat their head, rows that are never cut. */
export function ReportPage({ frame, report, previous, next }: ReportProps) {
  const title = reportTitle(frame.title, report.group);
  const label = monthName(report.month.startAt);
  const link = (month: string) =>
    frame.url(`/report/${month}${report.group === null ? "" : `?group=${encodeURIComponent(report.group)}`}`);
  return (
    <Layout frame={frame} title={`${title} · ${label}`} class="sheet">
      <div class="head">
        <h1>{title}</h1>
        <p class="sub">
          <b>{label}</b>
          <span>{words.reportNote}</span>
        </p>
        {report.judgedUntilAt < report.month.endAt ? <p class="quiet">{words.reportRunning}</p> : null}
      </div>
      {report.sections.length === 0 ? <p class="quiet">{words.reportEmpty}</p> : null}
      {report.sections.map((section) => <Section section={section} frame={frame} />)}
      <p class="quiet">{words.reportRules}</p>
      <p class="pager screen">
        <span>{previous === null ? null : <a href={link(previous)}>{words.previousMonth}</a>}</span>
        <span>{next === null ? null : <a href={link(next)}>{words.nextMonth}</a>}</span>
      </p>
    </Layout>
  );
}

function Section({ section, frame }: { section: ReportSection; frame: Frame }) {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={sectionName(section)}>
      <table>
        <caption>
          <bdi>{sectionName(section)}</bdi>
          <small>{reportPercent(section.uptime)}</small>
        </caption>
        <thead>
          <tr>
            {words.reportColumns.map((name, index) => (
              <th scope="col" class={index === 0 ? undefined : "r"}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {section.rows.map((row) => (
            <tr>
              <th scope="row">
                <a href={frame.url(monitorPath(row.id))}>
                  <bdi>{row.name}</bdi>
                </a>
              </th>
              {reportCells(row).map((cell, index) => (
                <td class={cell === DASH ? "r nil" : "r"} data-label={words.reportColumns[index + 1]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const sectionName = (section: ReportSection) => section.name === "" ? words.reportMonitors : section.name;

/** A longer name moves the figures of its own line alone. */
const WIDEST_CELL = 40;

/** The month as plain text, columns aligned through all its tables. */
export function reportText(report: Report, title: string): string {
  const heading = `${reportTitle(title, report.group)} · ${monthName(report.month.startAt)}`;
  const lines = [heading, "=".repeat([...cleanLine(heading)].length), "", words.reportNote, ""];
  const tables = report.sections.map((section) => ({
    section,
    rows: [[...words.reportColumns], ...section.rows.map((row) => [row.name, ...reportCells(row)])],
  }));
  const all = tables.flatMap(({ rows }) => rows);
  const widths = words.reportColumns.map((_, column) =>
    Math.max(0, ...all.map((row) => columnsOf(row[column])).filter((columns) => columns <= WIDEST_CELL))
  );
  for (const { section, rows } of tables) {
    lines.push(`${isolate(sectionName(section))} ${reportPercent(section.uptime)}`);
    for (const row of rows) {
      lines.push(`  ${row.map((cell, column) => padTo(cell, widths[column])).join("  ").trimEnd()}`);
    }
    lines.push("");
  }
  while (lines.at(-1) === "") lines.pop();
  return textOf(lines);
}
