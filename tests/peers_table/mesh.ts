import { MeshPlay, type Scene, type Words } from "../support/mesh_play.ts";
import { type Gate, ProcessMesh } from "../support/process_mesh.ts";

export const isFull = Deno.env.get("HORA_TEST_FULL") === "1";

export const near = "(network issue near this node?)";
export const bothAgree = "confirmed down from 3/3 vantage points, 1 vantage(s) unreachable";

/** Missing after 4 s and 2 s of slack. */
export const MISSED: readonly [number, number] = [5, 13];
/** Cut off: the patience of grace and one period begins when no witness answered. */
export const ALONE: readonly [number, number] = [14, 32];
/** A broken link must stand for two seconds more. */
export const LINK: readonly [number, number] = [7, 16];
export const BACK: readonly [number, number] = [0, 8];
/** Every node of `nodes` says it. */
export const say = (nodes: string, what: string, [from, until]: readonly [number, number]): Words[] =>
  [...nodes].map((node) => [`${node} ${what}`, from, until]);

export const shortened = (scenes: readonly Scene[]) => scenes.filter(([{ long }]) => isFull || !long);

export interface Wish {
  readonly health?: string;
  readonly pingToken?: string;
  readonly listenToken?: Readonly<Record<string, string>>;
  readonly without?: string;
  /** Seconds after which silence is too long; 4 when absent. */
  readonly expectSecs?: number;
  readonly more?: string;
  /** More keys of `[alerts]`. */
  readonly alerts?: string;
}

export const tokenOf = (from: string, to: string) => `token-from-${from}-to-${to}-1234`;

/** A node's file: everybody watches everybody. */
export function fileOf(mesh: ProcessMesh, id: string, wish: Wish = {}): string {
  const others = mesh.ids.filter((other) => other !== id && other !== wish.without);
  return [
    `[page]\n[server]\nrate_limit_burst = 1000000`,
    `[alerts]\nfail_threshold = 1\ngroup_window_secs = 0\n${wish.alerts ?? ""}`,
    wish.health ??
      `[health]\nid = "${id}"\ninterval_secs = 1\ngrace_secs = 6\nquorum = true\nconfirm_with_peers = true`,
    `[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${mesh.hookUrl(id)}"`,
    ...others.map((other) =>
      `[[peers]]\nid = "${other}"\nname = "${other.toUpperCase()}"\n` +
      `ping_url = "${mesh.url(id, other)}/api/push/${id}"\n` +
      `ping_token = "${wish.pingToken ?? tokenOf(id, other)}"\n` +
      `listen_token = "${wish.listenToken?.[other] ?? tokenOf(other, id)}"\nexpect_every_secs = ${
        wish.expectSecs ?? 4
      }`
    ),
    wish.more ?? "",
  ].join("\n");
}

/** Starts a mesh, plays on it, ends it. Meshes go on beside each other; only their processes start one after the other. */
export async function onMesh(
  ids: string,
  gate: Gate,
  prepare: (
    mesh: ProcessMesh,
  ) => { file: (id: string) => string; env?: (id: string) => Record<string, string> },
  act: (mesh: ProcessMesh, play: MeshPlay) => Promise<void>,
): Promise<void> {
  await using mesh = await ProcessMesh.create([...ids], gate);
  const { file, env } = prepare(mesh);
  for (const id of ids) await mesh.configure(id, file(id));
  await Promise.all([...ids].map((id) => mesh.start(id, env?.(id))));
  const play = new MeshPlay(mesh);
  await play.begin();
  await act(mesh, play);
}

/** A `[[peers]]` block for somebody outside the mesh. */
export function guest(mesh: ProcessMesh, id: string, name: string, path: string, more = ""): string {
  return `[[peers]]\nid = "${name}"\nname = "${name.toUpperCase()}"\nping_url = "${
    mesh.url(id, name)
  }${path}"\n` +
    `ping_token = "${tokenOf(id, name)}"\nlisten_token = "${tokenOf(name, id)}"\n${more}\n`;
}
