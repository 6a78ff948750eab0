import assert from "node:assert/strict";
import { checkOf } from "../tests/support/alerting.ts";
import { MINUTE } from "./clock.ts";
import { type Condition, confirm, freshCondition } from "./confirm.ts";

/** After an hour in which all was well, a check at each of these minutes, of which three confirm; when the outage began. */
interface Row {
  readonly name: string;
  readonly minutes: readonly number[];
  readonly began: number | null;
  /** For how long a check speaks, in minutes. */
  readonly stands?: number;
  /** A report that lasts so long is proof, in minutes. */
  readonly provenAfter?: number;
}

const day = 24 * 60;
const rows: readonly Row[] = [
  { name: "failures in a row", minutes: [0, 1, 2], began: 0 },
  { name: "failures around a restart", minutes: [0, 1, 4], began: 0 },
  { name: "failures around a restart of minutes", minutes: [0, 1, 11], began: 0 },
  { name: "one failure after days in which nobody looked", minutes: [0, 1, 3 * day], began: null },
  {
    name: "an outage after days in which nobody looked",
    minutes: [0, 1, 3 * day, 3 * day + 1, 3 * day + 2],
    began: 3 * day,
  },
  { name: "an outage that lasted when nobody looked any more", minutes: [0, 1, 2, 3 * day], began: 0 },
  { name: "failures a long interval apart", minutes: [0, 60, 120], stands: 180, began: 0 },
  { name: "a long interval that was left out twice", minutes: [0, 60, 240], stands: 180, began: 0 },
  { name: "a report that stands", minutes: [0, 3 * day], provenAfter: 5, began: 0 },
  { name: "a clock that was ahead at the first failure", minutes: [2 * day, 1, 2], began: 1 },
];

for (const { name, minutes, began, stands = 3, provenAfter } of rows) {
  Deno.test(`confirm() of ${name}`, () => {
    let condition: Condition = { ...freshCondition, status: "up", sinceAt: -60 * MINUTE };
    for (const minute of minutes) {
      const check = checkOf("web", minute * MINUTE, "down", { standsMs: stands * MINUTE });
      const provenAfterMs = provenAfter === undefined ? null : provenAfter * MINUTE;
      condition = confirm(condition, check, { failThreshold: 3, provenAfterMs }).condition;
    }
    assert.equal(condition.outageAt, began === null ? null : began * MINUTE);
    if (began !== null) assert.equal(condition.sinceAt, began * MINUTE);
  });
}

Deno.test("confirm() counts slow checks anew after days in which nobody looked, but no up ones", () => {
  const rules = { failThreshold: 3, provenAfterMs: null };
  const play = (status: "up" | "degraded") => {
    let condition: Condition = freshCondition;
    for (const minute of [0, 1, 3 * day]) {
      condition = confirm(condition, checkOf("web", minute * MINUTE, status), rules).condition;
    }
    return condition;
  };
  const slow = play("degraded");
  assert.deepEqual([slow.degradedRun, slow.degradedSinceAt], [1, 3 * day * MINUTE]);
  assert.equal(play("up").sinceAt, 0);
});
