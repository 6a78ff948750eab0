import { shared } from "./support/mesh_play.ts";
import { fiveNodes } from "./peers_table/lines.ts";
import { fileOf, onMesh, shortened } from "./peers_table/mesh.ts";
import { withOtherProgram } from "./peers_table/other_program.ts";
import { withProcesses } from "./peers_table/processes.ts";
import { withTargets } from "./peers_table/vantages.ts";
import { Gate } from "./support/process_mesh.ts";

/**
 * Who can reach whom, who is down, what each node says and when: real processes, lines between them that the tests disturb, a real webhook.
 * Heartbeats every second, missing after 4 s and 2 s of slack, grace 6 s. The seconds of a row are counted from its beginning: the first
 * is the earliest at which the words may come, the second the deadline by the rules.
 */
Deno.test("the table of meshes", async (t) => {
  const gate = new Gate();
  const group = (name: string, fn: (t: Deno.TestContext) => Promise<void>) => t.step({ ...shared, name, fn });
  await Promise.all([
    group(
      "five nodes and the lines between them",
      (t) =>
        onMesh("abcde", gate, (mesh) => ({ file: (id) => fileOf(mesh, id) }), async (_, play) => {
          for (const scene of shortened(fiveNodes)) await play.scene(t, scene);
        }),
    ),
    group("three nodes, a peer in many moods, a monitor per row", (t) => withTargets(t, gate)),
    group("three nodes and their processes", (t) => withProcesses(t, gate)),
    group("two nodes, and one of the other program", (t) => withOtherProgram(t, gate)),
  ]);
});
