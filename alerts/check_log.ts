import type { Check } from "../domain/check.ts";
import { type Condition, type ConfirmRules, type ConfirmStep, thresholdFor } from "../domain/confirm.ts";
import type { Mention } from "../domain/incident.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Draft } from "./draft.ts";
import type { Live } from "./machine.ts";
import { instant } from "./words.ts";

/** One check and what the rules made of it. */
export interface Recorded {
  readonly monitor: Monitor;
  readonly check: Check;
  readonly snapshot: string | null;
  readonly before: Live;
  readonly step: ConfirmStep;
  readonly rules: ConfirmRules;
  readonly alertOnDegraded: boolean;
  /** What stands upstream and downstream at this moment. */
  annotate(): { readonly cause: Mention | null; readonly impacted: readonly Mention[] };
}

/** Drafts the incident's part of a check's commit, and the log's. */
export function recordCheck(draft: Draft, recorded: Recorded): void {
  logFailure(draft, recorded);
  logSlow(draft, recorded);
  const { monitor, check, before, step: { change } } = recorded;
  if (change === null) return;
  draft.commit.durable = true;
  if (change.kind === "confirmed") {
    draft.commit.openIncident = {
      monitorId: monitor.id,
      startedAt: change.startedAt,
      confirmedAt: check.at,
      reason: check.reason,
      category: check.category,
      code: check.code,
      ...recorded.annotate(),
      snapshot: recorded.snapshot,
      planned: check.planned,
      isHidden: !monitor.public,
    };
    const text = `Down is confirmed, since ${instant(change.startedAt)}`;
    draft.decide(monitor.id, "confirmed", text, "opened");
  } else if (change.kind === "ended") {
    if (before.incidentId !== null) {
      draft.commit.closeIncident = { id: before.incidentId, endedAt: change.endedAt };
    }
    const text = `The outage is over: the check was ${check.status}`;
    draft.decide(monitor.id, "ended", text, before.incidentId);
  } else if (before.incidentId !== null && check.reason !== null) {
    const { at, reason, category, code } = check;
    const addReason = { at, reason, category: category ?? "other", code };
    draft.commit.updateIncident = { id: before.incidentId, at, addReason };
    draft.decide(monitor.id, "reason_changed", `Still down, now: ${check.reason}`, before.incidentId);
  }
}

/** Failed checks on their way to an outage, and what came to nothing. */
function logFailure(draft: Draft, { monitor, check, before, step, rules }: Recorded): void {
  if (before.condition.outageAt !== null) return;
  const { failures } = check.status === "down" ? step.condition : before.condition;
  if (check.status === "down") {
    const threshold = thresholdFor(before.condition, check, rules);
    const count = failures > threshold ? "" : ` (${failures} of ${threshold})`;
    const deadline = failures < threshold ? deadlineText(step.condition, rules) : "";
    const text = `Check failed${count}: ${check.reason ?? "no reason given"}${deadline}`;
    draft.decide(monitor.id, "failed_check", text);
  } else if (failures > 0) {
    draft.decide(monitor.id, "blip", `Good again after ${failures} failed, less than a confirmed outage`);
  }
}

/** A job's report is confirmed by time too; whoever reads the log shall know when. */
function deadlineText({ failingSinceAt }: Condition, { provenAfterMs }: ConfirmRules): string {
  if (provenAfterMs === null || failingSinceAt === null) return "";
  return `; it counts from ${instant(failingSinceAt + provenAfterMs)} on if nothing better is reported`;
}

/** Degraded checks on their way to a message. */
function logSlow(draft: Draft, { monitor, check, before, step, alertOnDegraded }: Recorded): void {
  const { degradedRun } = step.condition;
  const { failThreshold } = monitor;
  const isNews = alertOnDegraded && before.telling.told !== "degraded";
  if (!isNews || degradedRun === 0 || degradedRun > failThreshold) return;
  const text = `Check was degraded (${degradedRun} of ${failThreshold}): ${
    check.reason ?? "no reason given"
  }`;
  draft.decide(monitor.id, "slow_check", text);
}
