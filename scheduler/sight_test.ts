import assert from "node:assert/strict";
import type { AlertEvent } from "../domain/event.ts";
import type { Outcome } from "../domain/outcome.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { configOf } from "../tests/support/monitors.ts";
import { Sight } from "./sight.ts";

const up: Outcome = { status: "up", latencyMs: 1, code: null, reason: null, category: null };
const timeout: Outcome = { ...up, status: "down", reason: "request timed out", category: "timeout" };

function watching(sites: number) {
  const list = Array.from(
    { length: sites },
    (_, index) =>
      `[[monitors]]\nid = "m${index}"\nname = "m"\nkind = "tcp"\ntarget = "site${index}.example:80"\ninterval_secs = 60\n`,
  );
  const { monitors } = configOf(`[page]\n[server]\n${list.join("")}`);
  const clock = new ManualClock();
  const reachable = new Set(monitors.map(({ id }) => id));
  const told: AlertEvent[] = [];
  const asked: string[] = [];
  const unseen: { fromAt: number; untilAt: number | null }[] = [];
  const sight = new Sight({
    clock,
    monitors: () => monitors,
    statusOf: () => "up",
    probe: (monitor) => {
      asked.push(monitor.id);
      return Promise.resolve(reachable.has(monitor.id) ? up : timeout);
    },
    hasNetwork: () => true,
    tell: (event) => Promise.resolve(void told.push(event)),
    unseen: (gap) => void unseen.push(gap),
    setBack: (now) => void unseen.push({ fromAt: now, untilAt: now }),
  });
  const never = new AbortController().signal;
  const isSeen = (index: number, outcome: Outcome, startedAt = clock.monotonic()) =>
    sight.isSeen(monitors[index], outcome, startedAt, never);
  return { clock, reachable, told, asked, unseen, sight, isSeen };
}

Deno.test("an outage of one site is seen at once, while others can be reached", async () => {
  const { reachable, told, asked, isSeen } = watching(8);
  reachable.delete("m0");
  assert.equal(await isSeen(0, timeout), true);
  assert.ok(asked.length > 0 && !asked.includes("m0"));
  assert.deepEqual(told, []);
});

Deno.test("when everything fails at once it is us: not seen, told once, and once again when it is over", async () => {
  const { clock, reachable, told, sight, isSeen } = watching(8);
  reachable.clear();
  assert.equal(await isSeen(0, timeout), false);
  assert.equal(await isSeen(1, timeout), false);
  assert.notEqual(sight.trouble, null);
  await clock.advance(60_000);
  assert.equal(await isSeen(2, up), true);
  assert.notEqual(sight.trouble, null, "one site may answer by chance");
  assert.equal(await isSeen(3, up), true);
  assert.equal(sight.trouble, null);
  assert.deepEqual(told.map((event) => event.kind === "blind" && event.untilAt !== null), [false, true]);
});

Deno.test("with fewer than four sites failures are always believed", async () => {
  const { reachable, isSeen } = watching(3);
  reachable.clear();
  assert.equal(await isSeen(0, timeout), true);
});

Deno.test("a machine that slept drops failures of probes that were under way, and says so once", async () => {
  const { clock, told, sight, isSeen } = watching(3);
  sight.round();
  const startedAt = clock.monotonic();
  clock.jump(3_600_000);
  await clock.advance(1_000);
  sight.round();
  assert.equal(told.length, 1);
  assert.equal(await isSeen(0, timeout, startedAt), false);
  assert.equal(await isSeen(0, timeout), true, "what starts afterwards counts");
});

Deno.test("blindness of a process before this one goes on, and its end is told with its beginning", async () => {
  const { clock, told, sight, isSeen } = watching(8);
  const fromAt = clock.now() - 60_000;
  sight.resume({ reason: "our own network is gone", fromAt });
  sight.round();
  assert.equal(await isSeen(0, timeout), false);
  assert.equal(await isSeen(1, up), true);
  assert.equal(await isSeen(2, up), true);
  const at = clock.now();
  assert.deepEqual(told, [{ kind: "blind", at, reason: "our own network is gone", fromAt, untilAt: at }]);
  assert.equal(sight.trouble, null);
});

Deno.test("a clock that was set back takes back what was not observed after it, and blindness goes on", async () => {
  const { clock, reachable, unseen, sight, isSeen } = watching(8);
  sight.round();
  const start = clock.now();
  clock.jump(2 * 86_400_000);
  await clock.advance(1_000);
  sight.round();
  reachable.clear();
  await isSeen(0, timeout);
  clock.jump(-2 * 86_400_000);
  await clock.advance(1_000);
  sight.round();
  assert.deepEqual(unseen.slice(-2), [
    { fromAt: start + 2_000, untilAt: start + 2_000 },
    { fromAt: start + 2_000, untilAt: null },
  ]);
});

Deno.test("blindness ends when the file names nothing any more that could be seen", () => {
  const { told, sight } = watching(0);
  sight.resume({ reason: "our own network is gone", fromAt: 0 });
  sight.round();
  assert.equal(told.length, 1);
});
