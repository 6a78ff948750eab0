import assert from "node:assert/strict";
import { systemClock } from "../../domain/clock.ts";
import type { Line } from "./relay.ts";
import type { ProcessMesh } from "./process_mesh.ts";

/** What happens to the mesh. */
export type Act =
  | { readonly line: string; readonly is: Line }
  | { readonly kill: string }
  | { readonly stop: string }
  | { readonly start: string; readonly env?: Record<string, string> }
  | { readonly freeze: string }
  | { readonly thaw: string }
  | { readonly configure: string; readonly toml: () => string }
  /** Wait until this was told, in this scene. */
  | { readonly told: string }
  /** Wait until so many requests went over each line that is open. */
  | { readonly heartbeats: number }
  | { readonly call: () => void | Promise<void> };

/** `BY WHAT`, the earliest second and the deadline, counted from the beginning of the acts. */
export type Words = readonly [text: string, from: number, until: number];

export interface Row {
  readonly name: string;
  readonly acts: readonly Act[];
  readonly told: readonly Words[];
  /** What puts it right besides opening all lines. */
  readonly mend?: readonly Act[];
  readonly after: readonly Words[];
  /** Only with HORA_TEST_FULL=1. */
  readonly long?: boolean;
  /** What this machine lacks for it; null: nothing. */
  readonly needs?: string | null;
}

/** Rows that go on at the same time, since they concern different nodes. */
export type Scene = readonly Row[];

/** A machine may be so much busier than the rules foresee. */
const BUSY_SECS = 40;

/** Concurrent steps of one test share timers and sockets, so these cannot be counted per step. */
export const shared = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

export async function until(
  fact: () => boolean | Promise<boolean>,
  withinSecs: number,
  otherwise: () => string,
): Promise<void> {
  const end = systemClock.monotonic() + withinSecs * 1_000;
  while (!await fact()) {
    if (systemClock.monotonic() > end) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Plays scenes on a mesh: does what the rows say, waits for their words, puts everything right again. */
export class MeshPlay {
  readonly #mesh: ProcessMesh;
  /** How much had been told when the running part of a scene began, and when that was. */
  #mark = 0;
  #beganAt = 0;

  constructor(mesh: ProcessMesh) {
    this.#mesh = mesh;
  }

  /** What was told since the part began, as `BY WHAT` with the second. */
  get #since(): { text: string; secs: number }[] {
    return this.#mesh.told.slice(this.#mark)
      .map(({ by, text, at }) => ({ text: `${by} ${text}`, secs: (at - this.#beganAt) / 1_000 }));
  }

  /** All nodes have come up and found each other. */
  async begin(): Promise<void> {
    await this.#whole();
    await until(() => this.#mesh.untold === 0, 30, () => `the mesh did not begin well: ${this.#shown()}`);
  }

  async #whole(): Promise<void> {
    await until(() => this.#mesh.isWhole(), 60, () => `the mesh is not well: ${this.#shown()}`);
  }

  async scene(t: Deno.TestContext, scene: Scene): Promise<void> {
    for (const { name, needs } of scene) {
      if (needs === null || needs === undefined) continue;
      return void await t.step({ ...shared, name: `${name} (needs ${needs})`, ignore: true, fn: () => {} });
    }
    await this.#part(t, scene, "", (row) => row.acts, (row) => row.told);
    this.#mesh.openAll();
    await this.#part(t, scene, ", and back", (row) => row.mend ?? [], (row) => row.after);
    await this.#whole();
  }

  async #part(
    t: Deno.TestContext,
    scene: Scene,
    which: string,
    actsOf: (row: Row) => readonly Act[],
    wordsOf: (row: Row) => readonly Words[],
  ): Promise<void> {
    this.#mark = this.#mesh.told.length;
    this.#beganAt = systemClock.monotonic();
    for (const row of scene) for (const act of actsOf(row)) await this.#do(act);
    const all = scene.flatMap(wordsOf);
    const isIn = ([text]: Words) => this.#since.some((one) => one.text === text);
    const lastSecs = Math.max(0, ...all.map(([, , last]) => last)) + BUSY_SECS;
    const isComplete = await until(() => all.every(isIn), lastSecs, () => "").then(() => true, () => false);
    const told = this.#since;
    for (const row of scene) {
      await t.step({
        ...shared,
        name: `${row.name}${which}`,
        fn: () => wordsOf(row).forEach((words) => this.#judge(words, told)),
      });
    }
    const foreign = told.filter(({ text }) => !all.some(([words]) => words === text));
    assert.deepEqual(foreign, [], `told besides: ${this.#shown()}`);
    assert.equal(told.length, all.length, `told more than once: ${this.#shown()}`);
    assert.ok(isComplete);
  }

  #judge([text, from, until]: Words, told: readonly { text: string; secs: number }[]): void {
    const one = told.find((candidate) => candidate.text === text);
    assert.ok(one !== undefined, `"${text}" was not told; told was ${this.#shown()}`);
    const when = `"${text}" came after ${one.secs.toFixed(1)} s, not within ${from} … ${until}`;
    assert.ok(from <= one.secs && one.secs <= until + BUSY_SECS, when);
  }

  #shown(): string {
    return this.#since.map(({ text, secs }) => `${secs.toFixed(1)} ${text}`).join("; ") || "nothing";
  }

  async #do(act: Act): Promise<void> {
    const mesh = this.#mesh;
    if ("line" in act) mesh.setLine(act.line, act.is);
    else if ("kill" in act) await mesh.stop(act.kill, "SIGKILL");
    else if ("stop" in act) await mesh.stop(act.stop);
    else if ("start" in act) await mesh.start(act.start, act.env);
    else if ("freeze" in act) mesh.signal(act.freeze, "SIGSTOP");
    else if ("thaw" in act) mesh.signal(act.thaw, "SIGCONT");
    else if ("configure" in act) await mesh.configure(act.configure, act.toml());
    else if ("told" in act) {
      const isIn = () => this.#since.some(({ text }) => text === act.told);
      await until(isIn, 60, () => `"${act.told}" was not told; told was ${this.#shown()}`);
    } else if ("heartbeats" in act) await this.#heartbeats(act.heartbeats);
    else await act.call();
  }

  async #heartbeats(count: number): Promise<void> {
    const open = this.#mesh.openLines();
    const before = open.map(({ connections }) => connections);
    const went = () => open.every(({ connections }, index) => connections >= before[index] + count);
    await until(went, 60, () => "no heartbeats leave");
  }
}
