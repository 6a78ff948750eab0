import { DAY, MINUTE } from "./clock.ts";
import type { BudgetView } from "./summary.ts";

/**
 * The error budget of an availability objective: how much downtime the window allows and how much of it is left.
 * `downMs` is observed downtime inside the window, planned maintenance left out.
 */
export function budgetOf(targetPercent: number, windowDays: number, downMs: number): BudgetView {
  const allowed = (100 - targetPercent) / 100;
  // Rounded to a millionth first: 100 − 99.9 is not exactly 0.1 in binary, and minutes are truncated.
  const totalMs = Math.round(windowDays * DAY * allowed * 1e6) / 1e6;
  const leftMs = totalMs - downMs;
  const totalMinutes = Math.trunc(Math.round(totalMs) / MINUTE);
  return {
    targetPercent,
    windowDays,
    totalMinutes,
    leftMinutes: Math.max(0, totalMinutes - Math.trunc(downMs / MINUTE)),
    leftMs,
    state: leftMs <= 0 ? "breached" : leftMs * 4 <= totalMs ? "low" : "met",
  };
}
