import assert from "node:assert/strict";
import { type Act, type Scene, shared, until } from "../support/mesh_play.ts";
import { faketimeLibrary } from "../support/net_mesh.ts";
import { type Mood, OddPeer } from "../support/odd_peer.ts";
import type { Gate, ProcessMesh } from "../support/process_mesh.ts";
import { Receiver } from "../support/receiver.ts";
import { Targets, TargetScene } from "../support/target_scene.ts";
import { BACK, bothAgree, fileOf, near, onMesh, say, shortened, tokenOf } from "./mesh.ts";
import { targets } from "./targets.ts";

const faketime = await faketimeLibrary();

const LOOK = '#!/bin/sh\nif [ -e "$(dirname "$0")/../fails" ]; then echo broken; exit 2; fi\necho fine\n';

/** A process whose clock is off. */
const shift = (by: string) => ({
  LD_PRELOAD: faketime ?? "",
  FAKETIME: by,
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
});

const env = (mesh: ProcessMesh, id: string) => ({ HORA_EXEC_DIR: `${mesh.folderOf(id)}/exec` });

/** Nodes and lines that fail while a target is down. */
function midOutage(
  all: Targets,
  odd: OddPeer,
  envOf: (id: string) => Record<string, string>,
  fileWith: (id: string, alerts: string) => string,
): Scene[] {
  const fail = (key: string, down: string, z: Mood): Act => ({
    call: () => {
      odd.moods.set(key, z);
      all.fail([{ key, name: key, down, says: {} }]);
    },
  });
  const heal: Act = { call: () => all.heal() };
  const asked = (key: string, count: number): Act => ({
    call: () => {
      const before = odd.questions.length;
      const isAsked = () =>
        odd.questions.slice(before).filter(({ target }) => target.endsWith(`/${key}`)).length >= count;
      return until(isAsked, 30, () => `nobody asks about ${key}`);
    },
  });
  const told = (nodes: string, what: string): Act[] =>
    [...nodes].map((node) => ({ told: `${node} ${what}` }));
  /** With a second channel, that alone hears of what the peers contradict. */
  const restart = (id: string, alerts: string): Act[] => [
    { stop: id },
    { configure: id, toml: () => fileWith(id, alerts) },
    { start: id, env: envOf(id) },
  ];
  const unconfirmed = 'notify_unconfirmed = ["chat"]';
  const contradicted = `down down-a: seen UP by B, C, Z - down from 1/4 vantage points ${near}`;
  const agreed = "down down-abcz: confirmed down from 4/4 vantage points";
  return [
    ...(["deaf", "half", "cut"] as const).map((is): Scene => [{
      name: `a real peer's line is ${is} while it is asked: it is unreachable, the alert is not`,
      long: is === "cut",
      acts: [{ line: "a>b", is }, fail("down-a", "a", "up")],
      told: [
        [
          `a down down-a: seen UP by C, Z - down from 1/3 vantage points ${near}, 1 vantage(s) unreachable`,
          0,
          20,
        ],
      ],
      mend: [heal],
      after: say("a", "recovered down-a", BACK),
    }]),
    [
      {
        name: "notify_unconfirmed: what every peer contradicts is told to that channel alone",
        acts: [...restart("a", unconfirmed), fail("down-a", "a", "up")],
        told: [[`a-chat ${contradicted}`, 0, 20]],
        after: [["a-chat recovered down-a", ...BACK]],
      },
      {
        name: "notify_unconfirmed: what peers confirm is told to everybody at once",
        acts: [fail("down-abcz", "abc", "down")],
        told: [...say("abc", agreed, [0, 20]), [`a-chat ${agreed}`, 0, 20]],
        mend: [heal],
        after: [...say("abc", "recovered down-abcz", BACK), ["a-chat recovered down-abcz", ...BACK]],
      },
    ],
    [{
      name: "notify_unconfirmed: everybody is told once a peer sees it down, too",
      long: true,
      acts: [
        fail("down-a", "a", "up"),
        { told: `a-chat ${contradicted}` },
        { call: () => void odd.moods.set("down-a", "down") },
      ],
      told: [
        [`a-chat ${contradicted}`, 0, 20],
        [`a down down-a: seen UP by B, C - down from 2/4 vantage points ${near}`, 40, 80],
      ],
      mend: [heal],
      after: [["a recovered down-a", ...BACK], ["a-chat recovered down-a", ...BACK]],
    }],
    [{
      name: "notify_unconfirmed is taken out again",
      acts: restart("a", ""),
      told: [],
      after: [],
    }],
    [{
      name: "kill -9 while peers are being asked: the alert is sent after the restart, once",
      acts: [fail("down-a", "a", "never"), asked("down-a", 1), { kill: "a" }, {
        start: "a",
        env: envOf("a"),
      }],
      told: say("a", "down down-a", [0, 20]),
      mend: [heal],
      after: say("a", "recovered down-a", BACK),
    }],
    [{
      name: "all nodes are restarted in turn in the middle of an outage: told once, its end once",
      acts: [
        fail("down-abcz", "abc", "down"),
        ...told("abc", agreed),
        ...[..."abc"].flatMap((id): Act[] => [{ stop: id }, { start: id, env: envOf(id) }]),
        { heartbeats: 4 },
      ],
      told: say("abc", agreed, [0, 20]),
      mend: [heal],
      after: say("abc", "recovered down-abcz", BACK),
    }],
    [{
      name: "a target is down while a node is dead: it is unreachable, the alert is not",
      acts: [{ kill: "b" }, fail("down-ab", "ac", "down")],
      told: say("ac", `down down-ab: ${bothAgree}`, [0, 20]),
      mend: [{ start: "b", env: envOf("b") }, heal],
      after: say("ac", "recovered down-ab", BACK),
    }],
    ...["+1h", "-1h"].map((by): Scene => [{
      name: `a node's clock is wrong by ${by}: nobody is silent, outages are told as ever`,
      needs: faketime === null ? "faketime" : null,
      long: by === "-1h",
      acts: [
        { stop: "b" },
        { start: "b", env: { ...envOf("b"), ...shift(by) } },
        { heartbeats: 3 },
        fail("down-abcz", "abc", "down"),
      ],
      told: say("abc", agreed, [0, 30]),
      mend: [heal],
      after: say("abc", "recovered down-abcz", BACK),
    }]),
  ];
}

export async function withTargets(t: Deno.TestContext, gate: Gate): Promise<void> {
  await using odd = new OddPeer();
  await using unasked = new Receiver();
  await using hosted = new Receiver();
  await using all = new Targets();
  let fileWith: (id: string, alerts: string) => string = () => "";
  await onMesh("abc", gate, (mesh) => {
    for (const id of mesh.ids) {
      mesh.connect(id, "z", odd.port);
      mesh.connect(id, "y", Number(new URL(unasked.url).port));
      mesh.connect(id, "h", Number(new URL(hosted.url).port));
      Deno.mkdirSync(`${mesh.folderOf(id)}/exec`);
      Deno.writeTextFileSync(`${mesh.folderOf(id)}/exec/look`, LOOK, { mode: 0o755 });
    }
    const peer = (id: string, name: string, path: string, more = "") =>
      `[[peers]]\nid = "${name}"\nname = "${name.toUpperCase()}"\nping_url = "${
        mesh.url(id, name)
      }${path}"\n` +
      `ping_token = "${tokenOf(id, name)}"\n${more}\n`;
    const more = (id: string) =>
      peer(id, "z", `/api/push/${id}`) + peer(id, "y", `/api/push/${id}`, "confirm = false") +
      peer(id, "h", "/0f9a-ping-path") + targets.map((row) => all.toml(row, id)).join("");
    const chat = (id: string) =>
      `[[channels]]\nname = "chat"\ntype = "webhook"\nurl = "${mesh.hookUrl(id)}-chat"\n`;
    fileWith = (id, alerts) =>
      fileOf(mesh, id, { more: more(id) + (alerts === "" ? "" : chat(id)), expectSecs: 60, alerts });
    return {
      // Patient with peers: a restart on a busy machine is no outage.
      file: (id) => fileWith(id, ""),
      env: (id) => env(mesh, id),
    };
  }, async (mesh, play) => {
    await new TargetScene(mesh, all, odd).play(t, targets);
    for (const scene of shortened(midOutage(all, odd, (id) => env(mesh, id), fileWith))) {
      await play.scene(t, scene);
    }
    const step = (name: string, fn: () => void) => t.step({ ...shared, name, fn });
    await step("confirm = false and hosted services: heartbeats only", () => {
      for (const receiver of [unasked, hosted]) {
        assert.ok(receiver.seen.length > 0);
        assert.deepEqual(receiver.seen.filter(({ query }) => query.get("status") !== "up"), []);
      }
    });
    await step("no question is about a program or a job, or holds a password", () => {
      assert.ok(odd.questions.length > targets.length);
      assert.deepEqual(odd.questions.filter(({ kind }) => kind === "exec" || kind === "push"), []);
      assert.match(mesh.wires, /"target":"http:\/\/127\.0\.0\.1:\d+\/login\?token=\*\*\*"/);
      assert.doesNotMatch(mesh.wires, /hunter2|"kind":"(?:exec|push)"/);
    });
    await step("a redirect to another host sees neither token nor question", () => {
      assert.deepEqual(odd.elsewhere.seen, []);
    });
  });
}
