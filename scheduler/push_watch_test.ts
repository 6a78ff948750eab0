import assert from "node:assert/strict";
import { Board } from "../domain/board.ts";
import { type Clock, DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import type { UpkeepPlan } from "../domain/store.ts";
import { AlertBench } from "../tests/support/alerting.ts";
import { loadBoard } from "./load_board.ts";
import { PushWatch } from "./push_watch.ts";
import { Recorder } from "./record.ts";

const file = (more: string, alerts = "") =>
  `[alerts]\n${alerts}\n[[channels]]\nname = "a"\ntype = "webhook"\nurl = "http://127.0.0.1:1/"\n` +
  `[[monitors]]\nid = "job"\nname = "Job"\nkind = "push"\ninterval_secs = 86400\n${more}\n`;

/** A watch on a bench; made anew after a restart. */
async function watchOn(
  bench: AlertBench,
  { clock = bench.clock, config = () => bench.config }: { clock?: Clock; config?: () => Config } = {},
) {
  const board = new Board(bench.config, bench.clock);
  await loadBoard(
    bench.store,
    bench.alerts,
    board,
    bench.clock.now(),
  );
  const recorder = new Recorder({ clock, config, alerts: bench.alerts, board });
  const watch = new PushWatch({ clock, config, store: bench.store, recorder, board });
  await watch.load();
  return watch;
}

const upkeepOf = ({ clock, config }: AlertBench): UpkeepPlan => ({
  now: clock.now(),
  retentionDays: new Map(config.monitors.map(({ id, retentionDays }) => [id, retentionDays])),
  ...config.retention,
});

/**
 * `d` the job reports down, `u` up, `4m` time passes and the watch looks, `k` upkeep, `r` everything starts anew, `+12h` and
 * `-12h` somebody sets the clock. Answers what was told, in
 * order: `D` down, `R` recovered.
 */
async function play(steps: string, more = "", alerts = ""): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  try {
    await using bench = await AlertBench.open(file(more, alerts), { path });
    let watch = await watchOn(bench);
    for (const step of steps.split(" ")) {
      if (step === "r") {
        await bench.restart();
        watch = await watchOn(bench);
      } else if (/^[+-]/.test(step)) {
        bench.clock.jump(parseInt(step) * HOUR);
      } else if (step === "k") {
        await bench.store.upkeep(upkeepOf(bench), new AbortController().signal);
      } else if (step === "d" || step === "u") {
        const status = step === "d" ? "down" : "up";
        await watch.heartbeat("job", {
          status,
          message: step === "d" ? "disk full" : null,
          latencyMs: null,
        });
        await bench.pass(SECOND);
      } else {
        await bench.pass(parseInt(step) * MINUTE);
        await watch.round();
      }
    }
    const list = (await bench.store.outbox.list({ limit: 50 })).sort((a, b) => a.id - b.id);
    for (const { event } of list) {
      if (event.kind === "down" && event.reason !== "missing heartbeat") {
        assert.equal(event.reason, "disk full");
      }
    }
    return list.map(({ event }) => event.kind[0].toUpperCase()).join("");
  } finally {
    await Deno.remove(path);
  }
}

const cases:
  readonly (readonly [name: string, steps: string, told: string, more?: string, alerts?: string])[] = [
    ["one report is not told before the window ends", "u d 4m", ""],
    ["one report that stands is told when the window ends", "u d 4m 1m", "D"],
    ["and not again", "u d 5m 5m 60m 60m", "D"],
    ["and so is its end", "u d 5m u 60m", "DR"],
    ["a good report within the window takes it back", "u d 4m u 60m", ""],
    ["as many reports as the threshold are told at once", "u d d d", "D"],
    ["two reports, counted from the first", "u d 3m d 2m", "D"],
    ["a second report after the window is told at once", "u d d 60m", "D"],
    ["a restart within the window changes nothing", "u d 3m r 1m 1m", "D"],
    ["a restart after it was told repeats nothing", "u d 5m r 5m 60m", "D"],
    ["a threshold of one is told at once", "u d", "D", "fail_threshold = 1"],
    ["no window: at once", "u d", "D", "", "push_alert_window_secs = 0"],
    ["a longer window", "u d 59m", "", "", "push_alert_window_secs = 3600"],
    ["a longer window ends too", "u d 60m", "D", "", "push_alert_window_secs = 3600"],
    [
      "a job that runs once a month is not missed when its heartbeat is older than what is kept",
      `${(7 * DAY + 15 * HOUR) / MINUTE}m u ${8 * DAY / MINUTE}m k r 1m`,
      "",
      'schedule = "0 3 1 * *"\nretention_days = 7',
    ],
    ["a job is missed although it was heard by a clock half a day ahead", `+12h u -12h ${25 * 60}m`, "D"],
    ["and by one two days ahead", `+48h u -48h ${25 * 60}m`, "D"],
    ["also after a restart", `+12h u -12h 60m r ${25 * 60}m`, "D"],
    ["also when its heartbeats went on", `+48h u -48h 60m u r ${25 * 60}m`, "D"],
    ["and one that was first waited for by such a clock", `+48h r -48h ${25 * 60}m`, "D"],
    ["a job is not missed because the clock was behind for a while", `u 60m -48h 1m +48h 60m`, ""],
    ["what it reports to a clock that was ahead stands no longer for it", "+12h u -12h d 4m", ""],
    ["and no shorter", "+12h u -12h d 4m 1m", "D"],
    ["and what it reported to such a clock neither", "+12h d -12h 5m", "D"],
    ["a job that reported down and then stays away is told once", `u d 5m ${DAY / MINUTE}m 10m 10m`, "D"],
  ];

for (const [name, steps, told, more, alerts] of cases) {
  Deno.test(`what a job reports: ${name}`, async () => {
    assert.equal(await play(steps, more, alerts), told);
  });
}

Deno.test("a schedule is not worked out every second after the clock was set back", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  try {
    await using bench = await AlertBench.open(file('schedule = "0 3 * * *"'), { path });
    let readings = 0;
    const [job] = bench.config.monitors;
    const counted = Object.defineProperty({ ...job }, "schedule", {
      get: () => (readings += 1, "0 3 * * *"),
    });
    const config = { ...bench.config, monitors: [counted] };
    // As the machine's own, the monotonic clock has fractions, and the two are never read at the same instant.
    let fraction = 0;
    const clock: Clock = {
      now: () => bench.clock.now(),
      monotonic: () => bench.clock.monotonic() + (fraction = (fraction + 0.37) % 2),
      sleep: (ms, signal) => bench.clock.sleep(ms, signal),
    };
    const watch = await watchOn(bench, { clock, config: () => config });
    const good = { status: "up", message: null, latencyMs: null } as const;
    await watch.heartbeat("job", good);
    await watch.round();
    bench.clock.jump(-HOUR);
    await watch.round();
    const before = readings;
    for (let second = 0; second < 30; second++) {
      await bench.clock.advance(SECOND);
      await watch.round();
    }
    assert.equal(readings, before);
    await watch.heartbeat("job", good);
    const heard = readings;
    await watch.round();
    assert.ok(readings > heard, "another heartbeat is another reckoning");
  } finally {
    await Deno.remove(path);
  }
});
