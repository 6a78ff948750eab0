import type { Monitor } from "./monitor.ts";

/** What the rules need of a monitor. */
export type Node = Pick<Monitor, "id" | "name" | "dependsOn">;

/**
 * The graph drawn by `depends_on`. Lists are transitive, breadth first, in the order in which they are found, without the monitor itself
 * and without ids that no monitor has.
 */
export class Topology {
  readonly #nodes: Map<string, Node>;
  readonly #dependents = new Map<string, string[]>();

  constructor(monitors: readonly Node[]) {
    this.#nodes = new Map(monitors.map((monitor) => [monitor.id, monitor]));
    for (const monitor of monitors) {
      for (const upstream of monitor.dependsOn) {
        const list = this.#dependents.get(upstream) ?? [];
        if (!list.includes(monitor.id)) list.push(monitor.id);
        this.#dependents.set(upstream, list);
      }
    }
  }

  /** What this monitor needs. */
  upstreams(id: string): Node[] {
    return this.#walk(id, (node) => node.dependsOn);
  }

  /** What needs this monitor. */
  dependents(id: string): Node[] {
    return this.#walk(id, (node) => this.#dependents.get(node.id) ?? []);
  }

  #walk(id: string, next: (node: Node) => readonly string[]): Node[] {
    const found = new Map<string, Node>();
    const start = this.#nodes.get(id);
    const queue = start === undefined ? [] : [start];
    for (let index = 0; index < queue.length; index++) {
      for (const neighbour of next(queue[index])) {
        const node = this.#nodes.get(neighbour);
        if (node === undefined || neighbour === id || found.has(neighbour)) continue;
        found.set(neighbour, node);
        queue.push(node);
      }
    }
    return [...found.values()];
  }
}
