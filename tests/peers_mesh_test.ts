import assert from "node:assert/strict";
import { ManualClock } from "./support/manual_clock.ts";
import { Mesh, type MeshSettings } from "./support/mesh.ts";

/** Heartbeats every 10 s, silent after 30 s, 3 s of slack, grace 20 s: a peer is missed 34 s after its last heartbeat. */
const settings: MeshSettings = { intervalSecs: 10, expectSecs: 30, graceSecs: 20, quorum: true };

type Step =
  | number
  | { start: string }
  | { stop: string }
  | { cut: string }
  | { mend: string }
  | { unwell: string }
  | { jump: number }
  /** All processes stand still while time passes. */
  | { hold: number };

interface Scenario {
  readonly name: string;
  readonly nodes: string;
  readonly steps: readonly Step[];
  /** What people are told: `by kind ABOUT`, earliest and latest second. */
  readonly told: readonly (readonly [text: string, from: number, until: number])[];
  readonly change?: Partial<MeshSettings>;
  /** Nodes that are not running at first. */
  readonly absent?: string;
}

const hour = { start_at: "2026-11-23T12:00:00Z" };
const windowFor = (monitors: string, minutes: number) =>
  `[[maintenance]]\ntitle = "Move"\nstart = "${hour.start_at}"\nend = "2026-11-23T12:${
    String(minutes).padStart(2, "0")
  }:00Z"\nmonitors = ${monitors}\n`;

const scenarios: Scenario[] = [
  { name: "two well nodes say nothing", nodes: "ab", steps: [120], told: [] },
  {
    name: "two nodes: quorum changes nothing",
    nodes: "ab",
    steps: [60, { stop: "b" }, 60],
    told: [["a down B", 84, 96]],
  },
  {
    name: "two nodes: the end is told",
    nodes: "ab",
    steps: [60, { stop: "b" }, 60, { start: "b" }, 20],
    told: [["a down B", 84, 96], ["a recovered B", 120, 124]],
  },
  { name: "three well nodes say nothing", nodes: "abc", steps: [120], told: [] },
  {
    name: "a dead node is called down by both others",
    nodes: "abc",
    steps: [60, { stop: "c" }, 60],
    told: [["a down C", 84, 96], ["b down C", 84, 96]],
  },
  {
    name: "a restart within the expected period is not told",
    nodes: "abc",
    steps: [60, { stop: "c" }, 15, { start: "c" }, 60],
    told: [],
  },
  {
    name: "a rolling restart of all is not told",
    nodes: "abc",
    steps: [60, { stop: "a" }, 8, { start: "a" }, { stop: "b" }, 8, { start: "b" }, { stop: "c" }, 8, {
      start: "c",
    }, 90],
    told: [],
  },
  {
    name: "one direction breaks: a broken link, no outage",
    nodes: "abc",
    steps: [60, { cut: "c>a" }, 120],
    told: [["a link C (B)", 99, 113]],
  },
  {
    name: "a broken link mends",
    nodes: "abc",
    steps: [60, { cut: "c>a" }, 60, { mend: "c>a" }, 20],
    told: [["a link C (B)", 99, 113], ["a recovered C", 120, 132]],
  },
  {
    name: "both directions break between two of three",
    nodes: "abc",
    steps: [60, { cut: "a-c" }, 60],
    told: [["a link C (B)", 99, 113], ["c link A (B)", 99, 113]],
  },
  {
    name: "a broken link becomes an outage",
    nodes: "abc",
    steps: [60, { cut: "c>a" }, 60, { stop: "c" }, 60],
    told: [["a link C (B)", 99, 113], ["b down C", 144, 156], ["a down C", 144, 166]],
  },
  {
    name: "a node that is cut off holds back, then speaks; the others call it down",
    nodes: "abc",
    steps: [60, { cut: "a-b" }, { cut: "a-c" }, 120],
    told: [["b down A", 84, 96], ["c down A", 84, 96], ["a down B", 130, 152], ["a down C", 130, 152]],
  },
  {
    name: "a node that was cut off for a while says nothing itself",
    nodes: "abc",
    steps: [60, { cut: "a-b" }, { cut: "a-c" }, 50, { mend: "a-b" }, { mend: "a-c" }, 60],
    told: [["b down A", 84, 96], ["c down A", 84, 96], ["b recovered A", 110, 122], [
      "c recovered A",
      110,
      122,
    ]],
  },
  {
    name: "all are cut off from all for a while: nobody is told anything when the network is back",
    nodes: "abc",
    steps: [60, { cut: "a-b" }, { cut: "a-c" }, { cut: "b-c" }, 40, { mend: "a-b" }, { mend: "a-c" }, {
      mend: "b-c",
    }, 60],
    told: [],
  },
  {
    name: "cut off for a while, and one does not come back: it is told soon after",
    nodes: "abc",
    steps: [60, { cut: "a-b" }, { cut: "a-c" }, { cut: "b-c" }, 40, { stop: "c" }, { mend: "a-b" }, 60],
    told: [["a down C", 115, 124], ["b down C", 115, 124]],
  },
  {
    name: "two of three die at once: the last one speaks after its patience",
    nodes: "abc",
    steps: [60, { stop: "b" }, { stop: "c" }, 120],
    told: [["a down B", 130, 152], ["a down C", 130, 152]],
  },
  {
    name: "without quorum a broken link is an outage",
    nodes: "abc",
    change: { quorum: false },
    steps: [60, { cut: "c>a" }, 60],
    told: [["a down C", 84, 96]],
  },
  {
    name: "an unwell node sends nothing, and that is the signal",
    nodes: "abc",
    steps: [60, { unwell: "b" }, 60],
    told: [["a down B", 84, 96], ["c down B", 84, 96]],
  },
  {
    name: "a peer that never came is missed after grace and one period",
    nodes: "abc",
    absent: "c",
    steps: [49, 30],
    told: [["a down C", 50, 52], ["b down C", 50, 52]],
  },
  {
    name: "a restart of the watcher during an outage neither repeats nor loses it",
    nodes: "ab",
    steps: [60, { stop: "b" }, 50, { stop: "a" }, { start: "a" }, 60, { start: "b" }, 20],
    told: [["a down B", 84, 96], ["a recovered B", 170, 174]],
  },
  {
    name: "an outage that begins while the watcher is away is told after its grace",
    nodes: "ab",
    steps: [60, { stop: "a" }, 5, { stop: "b" }, 60, { start: "a" }, 60],
    told: [["a down B", 144, 148]],
  },
  {
    name: "a recovery while the watcher is away is told when it is back",
    nodes: "ab",
    steps: [60, { stop: "b" }, 50, { stop: "a" }, 10, { start: "b" }, 5, { start: "a" }, 30],
    told: [["a down B", 84, 96], ["a recovered B", 125, 137]],
  },
  {
    name: "clocks set forward by an hour make nobody silent",
    nodes: "abc",
    steps: [60, { jump: 3_600_000 }, 60],
    told: [],
  },
  {
    name: "clocks set back by an hour hide nobody's silence",
    nodes: "abc",
    steps: [60, { jump: -3_600_000 }, 5, { stop: "c" }, 60],
    told: [["a down C", 84, 101], ["b down C", 84, 101]],
  },
  {
    name: "maintenance of the peer mutes, and its end speaks",
    nodes: "ab",
    change: { extra: { a: windowFor('["b"]', 2) } },
    steps: [60, { stop: "b" }, 120],
    told: [["a down B", 120, 123]],
  },
  {
    name: "maintenance of something else does not mute",
    nodes: "ab",
    change: { extra: { a: windowFor('["other"]', 30) } },
    steps: [60, { stop: "b" }, 60],
    told: [["a down B", 84, 96]],
  },
  {
    name: "a peer back before maintenance ends was never away",
    nodes: "ab",
    change: { extra: { a: windowFor("[]", 3) } },
    steps: [60, { stop: "b" }, 60, { start: "b" }, 120],
    told: [],
  },
  {
    name: "a node that was held for a while takes nobody for silent",
    nodes: "abc",
    steps: [60, { hold: 40 }, 12],
    told: [],
  },
  {
    name: "a node that was held still misses who died meanwhile",
    nodes: "ab",
    steps: [60, { stop: "b" }, { hold: 40 }, 60],
    told: [["a down B", 133, 136]],
  },
  {
    name: "a node that is held again and again still misses who died",
    nodes: "ab",
    steps: [60, { stop: "b" }, ...Array.from({ length: 6 }, () => [6, { hold: 12 }] as const).flat(), 10],
    told: [["a down B", 165, 182]],
  },
  {
    name: "a node that stutters misses who died in time",
    nodes: "ab",
    steps: [60, { stop: "b" }, ...Array.from({ length: 8 }, () => [1, { hold: 6 }] as const).flat()],
    told: [["a down B", 84, 106]],
  },
  {
    name: "five nodes: one dies, four say so",
    nodes: "abcde",
    steps: [60, { stop: "e" }, 50],
    told: [["a down E", 84, 96], ["b down E", 84, 96], ["c down E", 84, 96], ["d down E", 84, 96]],
  },
  {
    name: "five nodes in two parts: each part misses the other, nobody is held back",
    nodes: "abcd",
    steps: [60, { cut: "a-c" }, { cut: "a-d" }, { cut: "b-c" }, { cut: "b-d" }, 60],
    told: ["ab", "cd"].flatMap((part, index) =>
      [...part].flatMap((by) =>
        [...["CD", "AB"][index]].map((about) => [`${by} down ${about}`, 84, 96] as const)
      )
    ),
  },
  {
    name: "a hosted ping service is no witness",
    nodes: "ab",
    change: {
      extra: { a: '[[peers]]\nid = "hosted"\nname = "Hosted"\nping_url = "http://127.0.0.1:9/0f9a"\n' },
    },
    steps: [60, { stop: "b" }, 50],
    told: [["a down B", 84, 96]],
  },
];

for (const { name, nodes, steps, told, change, absent } of scenarios) {
  Deno.test(`mesh on one clock: ${name}`, async () => {
    const clock = new ManualClock(hour.start_at);
    await using mesh = new Mesh([...nodes], clock, { ...settings, ...change }, await Deno.makeTempDir());
    for (const id of nodes) if (!absent?.includes(id)) await mesh.start(id);
    for (const step of steps) {
      if (typeof step === "number") await mesh.pass(step);
      else if ("start" in step) await mesh.start(step.start);
      else if ("stop" in step) await mesh.stop(step.stop);
      else if ("cut" in step) mesh.cut(step.cut);
      else if ("mend" in step) mesh.cut(step.mend, true);
      else if ("unwell" in step) mesh.node(step.unwell).healthy = false;
      else if ("hold" in step) await clock.advance(step.hold * 1_000);
      else clock.jump(step.jump);
    }
    const seen = mesh.told.map((line) => line.split(/ (.*)/));
    assert.deepEqual(
      seen.map(([, text]) => text).sort(),
      told.map(([text]) => text).sort(),
      mesh.told.join("\n"),
    );
    for (const [text, from, until] of told) {
      const at = Number(seen.find(([, one]) => one === text)![0]);
      assert.ok(from <= at && at <= until, `"${text}" came at ${at} s, not within ${from} … ${until}`);
    }
  });
}
