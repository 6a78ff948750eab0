import type { Act, Scene } from "../support/mesh_play.ts";
import { ALONE, BACK, LINK, MISSED, say } from "./mesh.ts";

/** Scenes of rows that can go on at once because they concern different nodes. */
export const fiveNodes: Scene[] = [
  [
    {
      name: "one direction breaks: a broken link, told by one",
      acts: [{ line: "c>a", is: "cut" }],
      told: say("a", "link C (B)", LINK),
      after: say("a", "recovered C", BACK),
    },
    {
      name: "packets of one direction are dropped",
      acts: [{ line: "d>b", is: "silent" }],
      told: say("b", "link D (A)", LINK),
      after: say("b", "recovered D", BACK),
    },
    { name: "answers are lost, heartbeats arrive", acts: [{ line: "e>c", is: "deaf" }], told: [], after: [] },
    {
      name: "answers break off, heartbeats arrive",
      acts: [{ line: "b>e", is: "half" }],
      told: [],
      after: [],
    },
    {
      name: "a line that takes two seconds longer",
      acts: [{ line: "d>e", is: 2_000 }, { heartbeats: 10 }],
      told: [],
      after: [],
    },
  ],
  [{
    name: "a node cut off from everybody: the others tell it down, itself it tells after its patience",
    acts: [{ line: "a", is: "cut" }],
    told: [
      ...say("bcde", "down A", MISSED),
      ...[..."BCDE"].flatMap((name) => say("a", `down ${name}`, ALONE)),
    ],
    after: [
      ...say("bcde", "recovered A", BACK),
      ...[..."BCDE"].flatMap((name) => say("a", `recovered ${name}`, BACK)),
    ],
  }],
  [{
    name: "a node cut off for less than its patience says nothing itself",
    long: true,
    acts: [{ line: "b", is: "silent" }],
    told: say("acde", "down B", MISSED),
    after: say("acde", "recovered B", BACK),
  }],
  [{
    name: "the mesh breaks in two: each part misses the other",
    long: true,
    acts: ["a-d", "a-e", "b-d", "b-e", "c-d", "c-e"].map((line): Act => ({ line, is: "cut" })),
    told: [
      ...say("abc", "down D", MISSED),
      ...say("abc", "down E", MISSED),
      ...[..."ABC"].flatMap((name) => say("de", `down ${name}`, MISSED)),
    ],
    after: [
      ...say("abc", "recovered D", BACK),
      ...say("abc", "recovered E", BACK),
      ...[..."ABC"].flatMap((name) => say("de", `recovered ${name}`, BACK)),
    ],
  }],
  [{
    name: "one of five is killed: the four others say so",
    acts: [{ kill: "e" }],
    told: say("abcd", "down E", MISSED),
    mend: [{ start: "e" }],
    after: say("abcd", "recovered E", BACK),
  }],
  [{
    name: "a broken link becomes an outage",
    long: true,
    acts: [{ line: "c>a", is: "cut" }, { told: "a link C (B)" }, { kill: "c" }],
    told: [...say("a", "link C (B)", LINK), ...say("abde", "down C", [10, 32])],
    mend: [{ start: "c" }],
    after: say("abde", "recovered C", BACK),
  }],
];
