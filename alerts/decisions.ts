import type { AlertEvent } from "../domain/event.ts";
import type { NoteKind } from "../domain/episode.ts";

/** Every kind of link in the chain that leads to an alert, or to none. */
export type DecisionKind =
  | "failed_check"
  | "slow_check"
  | "blip"
  | "confirmed"
  | "reason_changed"
  | "ended"
  | "told"
  | "told_nobody"
  | "vantage"
  | "budget"
  | "budget_known"
  | "certificate"
  | "domain"
  | "channel"
  | "digest"
  | "removed"
  | "renamed"
  | NoteKind;

/** What a note of the rules means, as a sentence. */
export function noteText(
  kind: NoteKind,
  facts: {
    readonly muted: string | null;
    readonly cause: string | null;
    readonly until: string;
    readonly threshold: number;
  },
): string {
  switch (kind) {
    case "muted":
      return `Nobody is told now because of ${
        facts.muted ?? "a mute"
      }; what is still wrong when it ends will be told`;
    case "waiting":
      return `Waiting until ${facts.until} for a cause among its upstreams`;
    case "waiting_longer":
      return `An upstream is failing too, so it waits once more, until ${facts.until}`;
    case "waiting_ended":
      return "It was good again before the grouping window ended, so nobody was told";
    case "folded":
      return `Folded into the alert of ${facts.cause ?? "its cause"}, which is down`;
    case "outlived_cause":
      return `Its cause is over and ${facts.threshold} more checks failed, so it is told by itself`;
    case "outlived_report":
      return "Its cause is over and nothing better was reported since, so it is told by itself";
    case "fold_ended":
      return "It was part of its cause's alert, so its end is not told apart";
    case "muted_ended":
      return "It was good again before the mute ended, so nobody was told";
  }
}

/** What people are told of a monitor, within a sentence. */
export function toldText(what: AlertEvent["kind"]): string {
  return what === "recovered" ? "it has recovered" : `it is ${what}`;
}
