import type { Child } from "hono/jsx";
import type { MonitorView } from "../domain/summary.ts";
import { type Frame, Time } from "./layout.tsx";
import { DAY_MS, dayName } from "./times.ts";
import { budgetMinutes, latencies, latency, percent, target } from "./figures.ts";
import { shortDuration, words } from "./words.ts";

interface Figure {
  readonly name: string;
  readonly value: Child;
  readonly note?: string;
}

function figuresOf(monitor: MonitorView, frame: Frame): Figure[] {
  const { p50, p95, p99 } = monitor.latency;
  const figures: Figure[] = [
    { name: words.uptime24h, value: percent(monitor.uptime24h) },
    { name: words.uptimeDays(monitor.days.length), value: percent(monitor.uptimeBar) },
  ];
  if (p50 !== null || monitor.kind !== "push") {
    figures.push({ name: words.lastAnswer, value: latency(monitor.lastLatencyMs) });
    figures.push({
      name: words.percentiles,
      value: latencies([p50, p95, p99]),
      note: monitor.sloLatencyMs === null
        ? undefined
        : words.objective(latency(monitor.sloLatencyMs), p95 === null ? null : p95 <= monitor.sloLatencyMs),
    });
  }
  figures.push({
    name: words.lastCheck,
    value: monitor.lastCheckedAt === null ? words.nothing : <Time at={monitor.lastCheckedAt} frame={frame} />,
    note: `${words.kind[monitor.kind]}, ${words.checkedEvery(monitor.intervalSecs)}`,
  });
  if (monitor.budget !== null) {
    const { budget } = monitor;
    figures.push({
      name: words.errorBudget,
      value: budget.state === "breached"
        ? words.budgetNone
        : words.budgetOf(budgetMinutes(budget.leftMinutes), budgetMinutes(budget.totalMinutes)),
      note: `${target(budget.targetPercent)}, ${shortDuration(budget.windowDays * DAY_MS)}`,
    });
  }
  if (monitor.certificate !== null) {
    const { notAfterAt, issuer } = monitor.certificate;
    figures.push({
      name: words.certificate,
      value: words.certificateLine(
        dayName(notAfterAt, frame.now),
        Math.floor((notAfterAt - frame.now) / DAY_MS),
      ),
      note: `${words.issuer} ${issuer}`,
    });
  }
  if (monitor.domain !== null) {
    const { name, expiresAt } = monitor.domain;
    figures.push({
      name: words.domain,
      value: words.certificateLine(
        dayName(expiresAt, frame.now),
        Math.floor((expiresAt - frame.now) / DAY_MS),
      ),
      note: name,
    });
  }
  if (monitor.target !== null && monitor.target !== "") {
    figures.push({ name: words.targetColumn, value: monitor.target });
  }
  if (monitor.lastMessage !== null) figures.push({ name: words.lastMessage, value: monitor.lastMessage });
  return figures;
}

/** What is measured and configured of one monitor, as a list of names and values. */
export function Figures({ monitor, frame }: { monitor: MonitorView; frame: Frame }) {
  return (
    <dl class="facts">
      {figuresOf(monitor, frame).map((figure) => (
        <div>
          <dt>{figure.name}</dt>
          <dd>
            {figure.value}
            {figure.note === undefined ? null : <small>{figure.note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
