import { type Act, type Scene, until } from "../support/mesh_play.ts";
import { OtherNode } from "../support/other_node.ts";
import type { Gate } from "../support/process_mesh.ts";
import { Receiver } from "../support/receiver.ts";
import { type TargetRow, Targets } from "../support/target_scene.ts";
import { exactWire } from "./exact_wire.ts";
import { BACK, fileOf, guest, LINK, MISSED, near, onMesh, say, shortened, tokenOf } from "./mesh.ts";

export async function withOtherProgram(t: Deno.TestContext, gate: Gate): Promise<void> {
  await using targets = new Targets();
  await using hosted = new Receiver();
  const rows: TargetRow[] = ["agreed", "contradicted"].map((key) => ({
    key,
    name: key,
    down: "ab",
    says: {},
  }));
  const toml = (id: string) => rows.map((row) => targets.toml(row, id)).join("");
  await using other = new OtherNode({
    id: "o",
    peers: [..."ab"].map((id) => ({ id, listenToken: tokenOf(id, "o"), expectEverySecs: 4 })),
    monitors: rows.map((row) => ({
      kind: "http",
      target: targets.target(row),
      up: row.key === "contradicted",
    })),
  });
  /** Who beats, as the other program does it. */
  const beating = new Set<string>();
  await onMesh("ab", gate, (mesh) => {
    for (const id of mesh.ids) {
      mesh.connect(id, "o", Number(new URL(other.origin).port));
      mesh.connect(id, "h", Number(new URL(hosted.url).port));
    }
    return { file: (id) => fileOf(mesh, id, { more: guest(mesh, id, "h", "/ping") + toml(id) }) };
  }, async (mesh, play) => {
    const timer = setInterval(() => {
      for (const who of beating) {
        for (const id of mesh.ids) {
          other.beat(`http://127.0.0.1:${mesh.port(id)}/api/push/${who}`, tokenOf(who, id)).catch(
            () => {/* not there */},
          );
        }
      }
    }, 1_000);
    try {
      const file = (id: string, more: string): Act => ({
        configure: id,
        toml: () => fileOf(mesh, id, { more: more + toml(id) }),
      });
      const beats = (who: string, on = true): Act => ({
        call: () => void (on ? beating.add(who) : beating.delete(who)),
      });
      const ghost = '[[peers]]\nid = "n"\nname = "N"\nexpect_every_secs = 4\n' +
        `listen_token = "${tokenOf("n", "a")}"\n`;
      const knows = (id: string, peer: string, is = true): Act => ({
        call: () =>
          until(
            async () => (peer in ((await mesh.health(id))?.peers ?? {})) === is,
            20,
            () => `${id} did not read its file`,
          ),
      });
      const fail = (key: string): Act => ({
        call: () => targets.fail(rows.filter((row) => row.key === key)),
      });
      const heal: Act = { call: () => targets.heal() };
      const joined = (id: string) =>
        file(id, guest(mesh, id, "o", `/api/push/${id}`, "expect_every_secs = 4"));
      const scenes: Scene[] = [
        [{
          name: "two nodes with quorum, and a hosted service that is no witness: silence decides",
          acts: [{ kill: "b" }],
          told: say("a", "down B", MISSED),
          mend: [{ start: "b" }],
          after: say("a", "recovered B", BACK),
        }],
        [{
          name: "a peer is added that never comes, and comes at last",
          acts: [file("a", ghost)],
          told: say("a", "down N", [9, 20]),
          mend: [beats("n")],
          after: say("a", "recovered N", BACK),
        }],
        [{
          name: "it falls silent, and is taken out of the file: nothing more is said",
          acts: [beats("n", false)],
          told: say("a", "down N", MISSED),
          mend: [file("a", ""), knows("a", "n", false), { heartbeats: 3 }],
          after: [],
        }],
        [{
          name: "a node of the other program joins: heartbeats go both ways",
          acts: [
            beats("o"),
            ...[..."ab"].flatMap((id) => [joined(id), knows(id, "o")]),
            {
              call: () =>
                until(() => [..."ab"].every((id) => other.heardFrom(id) > 5), 30, () => "it hears nothing"),
            },
          ],
          told: [],
          after: [],
        }],
        [{
          name: "it is the witness of a broken link",
          acts: [{ line: "b>a", is: "cut" }],
          told: say("a", "link B (O)", LINK),
          after: say("a", "recovered B", BACK),
        }],
        [
          {
            name: "it sees an outage as we do",
            acts: [fail("agreed")],
            told: say("ab", "down agreed: confirmed down from 3/3 vantage points", [0, 20]),
            mend: [heal],
            after: say("ab", "recovered agreed", BACK),
          },
          {
            name: "it sees up what is down for us",
            acts: [fail("contradicted")],
            told: say("ab", `down contradicted: seen UP by O - down from 2/3 vantage points ${near}`, [
              0,
              20,
            ]),
            after: say("ab", "recovered contradicted", BACK),
          },
        ],
        [{
          name: "it falls silent and comes back",
          acts: [beats("o", false)],
          told: say("ab", "down O", MISSED),
          mend: [beats("o")],
          after: say("ab", "recovered O", BACK),
        }],
      ];
      for (const scene of shortened(scenes)) await play.scene(t, scene);
      await exactWire(t, mesh, other, targets.target(rows[0]), hosted);
    } finally {
      clearInterval(timer);
    }
  });
}
