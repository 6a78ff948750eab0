import { NBSP, words } from "./words.ts";

/** Figures of pages as text: latencies, shares, targets, budgets. */

const amountOf = (ms: number): string => {
  if (ms > 0 && ms < 0.5) return `<${NBSP}1`;
  if (ms < 1_000) return String(Math.round(ms));
  return ms < 99_950 ? (ms / 1_000).toFixed(1) : String(Math.round(ms / 1_000));
};
const unitOf = (ms: number): string => ms < 1_000 ? "ms" : "s";

/** A latency: `61 ms`, `1.9 s`; nothing measured: a dash. */
export function latency(ms: number | null): string {
  return ms === null ? words.nothing : amountOf(ms) + NBSP + unitOf(ms);
}

/** Several latencies, the unit once when it is the same: `78 · 148 · 203 ms`, `410 ms · 1.9 s`; nothing measured: a dash. */
export function latencies(all: readonly (number | null)[]): string {
  let text = "";
  let before: number | null = null;
  for (const ms of all) {
    if (ms === null) continue;
    if (before !== null) text += unitOf(before) === unitOf(ms) ? " · " : `${NBSP}${unitOf(before)} · `;
    text += amountOf(ms);
    before = ms;
  }
  return before === null ? words.nothing : text + NBSP + unitOf(before);
}

/** A fraction as percent with two decimals, rounded down so that 99.999 % never reads 100 %. */
export function percent(ratio: number | null): string {
  if (ratio === null) return words.nothing;
  const hundredths = Math.floor(ratio * 10_000 + 1e-7);
  return `${hundredths >= 10_000 ? "100" : (hundredths / 100).toFixed(2)}%`;
}

/** A target such as 99.9: without needless zeros. */
export function target(percentage: number): string {
  return `${Number(percentage.toFixed(4))}%`;
}

/** Minutes of an error budget as on the status page: `43m`, `2h05m`, `2d3h`. */
export function budgetMinutes(minutes: number): string {
  if (minutes < 120) return `${minutes}m`;
  if (minutes < 2_880) return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
  return `${Math.floor(minutes / 1_440)}d${Math.floor((minutes % 1_440) / 60)}h`;
}
