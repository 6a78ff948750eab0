import { createHash } from "node:crypto";
import type { MonitorView, Summary } from "../domain/summary.ts";
import { daysUntil, HistoryCells, monitorWire, summaryFrame } from "../views/summary_json.ts";
import type { Draft } from "./middleware/rendered.ts";

interface MonitorText {
  readonly text: string;
  readonly digest: string;
  /** What of it moves with time alone. */
  readonly days: string;
}

/** The JSON text of each monitor, kept as long as the board hands out the same view of it: they are nearly all of a summary. */
export class MonitorTexts {
  readonly #cells = new HistoryCells();
  readonly #kept = new WeakMap<MonitorView, MonitorText>();

  of(view: MonitorView, now: number): MonitorText {
    const days = [view.certificate?.notAfterAt, view.domain?.expiresAt]
      .map((at) => at === undefined ? "" : daysUntil(at, now)).join();
    const known = this.#kept.get(view);
    if (known?.days === days) return known;
    const text = JSON.stringify(monitorWire(view, now, this.#cells));
    const made = { text, digest: createHash("sha256").update(text).digest("base64url"), days };
    this.#kept.set(view, made);
    return made;
  }
}

/** The whole summary; its validator leaves out when it was made. */
export function summaryDraft(summary: Summary, texts: MonitorTexts): Draft {
  const { before: { generated_at, ...said }, after } = summaryFrame(summary);
  const { title, overall, overall_label, ...others } = said;
  const before = JSON.stringify({ title, overall, overall_label, generated_at, ...others });
  const monitors = summary.monitors.map((view) => texts.of(view, summary.generatedAt));
  const listed = monitors.map(({ text }) => text).join(",");
  return {
    text: `${before.slice(0, -1)},"monitors":[${listed}],${JSON.stringify(after).slice(1)}`,
    validator: JSON.stringify([said, after, monitors.map(({ digest }) => digest)]),
  };
}
