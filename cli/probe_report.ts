import { DAY, HOUR } from "../domain/clock.ts";
import { displayTarget, type Monitor } from "../domain/monitor.ts";
import type { CertificateFacts, Outcome, Phases } from "../domain/outcome.ts";
import type { TraceStep } from "../probes/probe.ts";

export interface ProbeFacts {
  readonly monitor: Monitor;
  /** It stands in the file, and was not made up for this check. */
  readonly isConfigured: boolean;
  readonly outcome: Outcome;
  readonly trace: readonly TraceStep[];
  /** What the peers say; null: nobody was asked. */
  readonly verdict: string | null;
  readonly title: string;
  readonly now: number;
}

const phaseNames: readonly (readonly [keyof Phases, string])[] = [
  ["resolveMs", "resolve"],
  ["connectMs", "connect"],
  ["tlsMs", "tls"],
  ["firstByteMs", "first byte"],
  ["transferMs", "transfer"],
];

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const row = (label: string, text: string): string => `  ${label.padEnd(9)} ${text}`;
const statusWords = { up: "UP", degraded: "DEGRADED", down: "DOWN" } as const;

function statusText(outcome: Outcome): string {
  if (outcome.status !== "degraded") return statusWords[outcome.status];
  return outcome.category === "slow" ? "DEGRADED (up but slow)" : "DEGRADED";
}

/** How long a certificate still holds, to the hour near its end. */
export function certificateText(facts: CertificateFacts, now: number): string {
  const date = new Date(facts.notAfterAt).toISOString().slice(0, 10);
  const left = facts.notAfterAt - now;
  if (left <= 0) {
    const days = Math.floor(-left / DAY);
    return `EXPIRED ${days > 0 ? `${days} days` : `${Math.floor(-left / HOUR)} hours`} ago (expires ${date})`;
  }
  const text = left < 2 * DAY
    ? `${Math.floor(left / HOUR)} hours left`
    : `${Math.floor(left / DAY)} days left`;
  return `${text} (expires ${date})`;
}

function pinText({ monitor, outcome }: ProbeFacts): string | null {
  if (monitor.kind !== "http" && monitor.kind !== "tls") return null;
  const seen = outcome.certificate?.fingerprint;
  if (monitor.tls.certPin === null || seen === undefined) return null;
  return seen === monitor.tls.certPin ? "matches" : `does not match: ${seen}`;
}

/** Steps worth a line each; the quieter ones only for those who asked. */
function stepLine(step: TraceStep, verbose: boolean): string[] {
  switch (step.kind) {
    case "resolved":
      return [row("resolved", `${step.host} to ${step.addresses.join(", ")}`)];
    case "tried":
      return [row("tried", step.error === null ? step.address : `${step.address}: ${step.error}`)];
    case "tls":
      return verbose
        ? [
          row("tls", `${step.protocol}, ${step.trusted ? "trusted" : "not trusted"}`),
          ...step.chain.map((one) => row("", one)),
        ]
        : [];
    case "redirected":
      return [row("redirect", step.to)];
    case "assertion":
      return [row("assertion", `${step.passed ? "passed" : "failed"}: ${step.text}`)];
    case "retried":
      return [row("retried", step.reason)];
    case "answered":
      return verbose
        ? [
          row("answered", step.statusLine),
          ...step.headers.map(([name, value]) => row("", `${name}: ${value}`)),
        ]
        : [];
  }
}

/** One check for people. */
export function textReport(facts: ProbeFacts, verbose: boolean): string {
  const { outcome, trace } = facts;
  const lines = [`hora probe - ${facts.title}`, "", row("status", statusText(outcome))];
  lines.push(row("latency", outcome.latencyMs === null ? "-" : ms(outcome.latencyMs)));
  if (outcome.code !== null) lines.push(row("code", String(outcome.code)));
  if (outcome.reason !== null) {
    lines.push(row(outcome.status === "down" ? "error" : "reason", outcome.reason));
  }
  const answer = trace.findLast((step) => step.kind === "answered");
  if (outcome.status === "down" && answer?.kind === "answered" && !verbose) {
    lines.push(row("answered", answer.statusLine));
  }
  const phases = phaseNames.filter(([key]) => outcome.phases?.[key] !== undefined)
    .map(([key, name]) => `${name} ${ms(outcome.phases?.[key] ?? 0)}`);
  if (phases.length > 0) lines.push(row("phases", phases.join(", ")));
  for (const metric of outcome.metrics ?? []) {
    lines.push(row(metric.label, `${Number(metric.value.toFixed(3))} ${metric.unit}`.trim()));
  }
  if (outcome.certificate) {
    lines.push(row("cert", certificateText(outcome.certificate, facts.now)));
    lines.push(row("", `${outcome.certificate.subject}, issued by ${outcome.certificate.issuer}`));
    if (verbose) lines.push(row("key", outcome.certificate.fingerprint));
  }
  const pin = pinText(facts);
  if (pin !== null) lines.push(row("pin", pin));
  for (const step of trace) lines.push(...stepLine(step, verbose));
  if (facts.verdict !== null) lines.push(row("vantage", facts.verdict));
  return lines.join("\n");
}

/** One check for programs. */
export function jsonReport({ monitor, isConfigured, outcome, trace, verdict }: ProbeFacts): string {
  const { certificate, ...rest } = outcome;
  return JSON.stringify(
    {
      ...(isConfigured ? { id: monitor.id, name: monitor.name } : {}),
      kind: monitor.kind,
      target: displayTarget(monitor),
      ...rest,
      certificate: certificate
        ? {
          ...certificate,
          notBeforeAt: new Date(certificate.notBeforeAt).toISOString(),
          notAfterAt: new Date(certificate.notAfterAt).toISOString(),
        }
        : null,
      trace,
      ...(verdict === null ? {} : { vantage: verdict }),
    },
    null,
    2,
  );
}
