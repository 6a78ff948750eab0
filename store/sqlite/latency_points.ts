import type { LatencyPoint } from "../../domain/store.ts";

/** Latency per bucket, filled in order of time. */
export class LatencyPoints {
  readonly #list: {
    bucket: number;
    at: number;
    sumMs: number;
    minMs: number;
    maxMs: number;
    count: number;
  }[] = [];
  constructor(readonly bucketMs: number) {}

  add(at: number, ms: number): void {
    this.merge({ at, meanMs: ms, minMs: ms, maxMs: ms, count: 1 });
  }

  merge({ at, meanMs, minMs, maxMs, count }: LatencyPoint): void {
    const bucket = Math.floor(at / this.bucketMs);
    const last = this.#list.at(-1);
    if (last?.bucket !== bucket) this.#list.push({ bucket, at, sumMs: meanMs * count, minMs, maxMs, count });
    else {
      last.sumMs += meanMs * count;
      last.minMs = Math.min(last.minMs, minMs);
      last.maxMs = Math.max(last.maxMs, maxMs);
      last.count += count;
    }
  }

  list(): LatencyPoint[] {
    return this.#list.map(({ at, sumMs, minMs, maxMs, count }) => ({
      at,
      meanMs: sumMs / count,
      minMs,
      maxMs,
      count,
    }));
  }
}
