import { type Condition, confirm, freshCondition } from "../../domain/confirm.ts";
import { decide, freshTelling, type Telling } from "../../domain/episode.ts";
import { checkOf } from "./alerting.ts";

export interface Rules {
  readonly threshold: number;
  readonly alertOnDegraded: boolean;
}

/**
 * One monitor through the pure rules, a letter a minute: `u` up, `g` degraded, `d` down, `m` a missed deadline, `[` a mute begins,
 * `]` it ends, `.` time passes, `r` everything known is written out as JSON and read back. Answers letter by letter what was told
 * (`D` down, `G` degraded, `R` recovered, `.` nothing), what became of the incident (`(` opened, `)` closed) and what the log notes
 * (`m` kept back by a mute, `e` over before it was told, `?` anything else).
 */
export function runLetters(
  letters: string,
  rules: Rules,
): { told: string; incidents: string; notes: string } {
  let condition: Condition = freshCondition;
  let telling: Telling = freshTelling;
  let muted: string | null = null;
  let [told, incidents, notes] = ["", "", ""];
  [...letters].forEach((letter, index) => {
    const now = (index + 1) * 60_000;
    let incident = ".";
    if (letter === "[") muted = "a silence";
    if (letter === "]") muted = null;
    if (letter === "r") [condition, telling] = JSON.parse(JSON.stringify([condition, telling]));
    const status = { u: "up", g: "degraded", d: "down", m: "down" }[letter] as "up" | undefined;
    if (status !== undefined) {
      const category = letter === "m" ? "missing_heartbeat" : letter === "d" ? "connection_refused" : null;
      const step = confirm(condition, checkOf("x", now, status, { category }), {
        failThreshold: rules.threshold,
        provenAfterMs: null,
      });
      condition = step.condition;
      if (step.change?.kind === "confirmed") incident = "(";
      if (step.change?.kind === "ended") incident = ")";
    }
    const verdict = decide(telling, condition, {
      now,
      muted,
      alertOnDegraded: rules.alertOnDegraded,
      failThreshold: rules.threshold,
      afterCauseThreshold: rules.threshold,
      afterCauseMs: null,
      windowMs: 0,
      hasUpstreams: false,
      coverId: null,
      upstreamPendingUntil: null,
      upstreamFailing: false,
      byFailure: letter === "d" || letter === "m",
    });
    telling = verdict.telling;
    told += verdict.tell === null ? "." : { down: "D", degraded: "G", recovered: "R" }[verdict.tell];
    incidents += incident;
    notes += verdict.notes.map((note) =>
      note === "muted" ? "m" : note === "muted_ended" ? "e" : "?"
    ).join("") || ".";
  });
  return { told, incidents, notes };
}
