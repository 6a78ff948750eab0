import { deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * The details of a sealed block: one JSON list, deflated, in which equal texts and equal phases are next to each other. `texts` holds runs
 * (index of the first check, how many checks, the text); phases are turned into columns of distances from the value before.
 */
interface Sealed {
  runs: [from: number, length: number, details: string][];
  phases: { index: number[]; columns: (number | null)[][] } | null;
}

/**
 * `details[i]` is the text of check i as `packDetails` made it; null: none. Returns null when there is nothing to keep. A damaged text, which
 * says nothing to anybody, is left out.
 */
export function packDetailBlock(details: readonly (string | null)[]): Uint8Array | null {
  const runs: Sealed["runs"] = [];
  const index: number[] = [];
  const columns: (number | null)[][] = [[], [], [], [], []];
  let lastIndex = 0;
  const lastValues = [0, 0, 0, 0, 0];
  details.forEach((text, at) => {
    const parts = text === null ? null : partsOf(text);
    if (parts === null) return;
    const { p, ...rest } = parts;
    if (p !== undefined) {
      index.push(at - lastIndex);
      lastIndex = at;
      columns.forEach((column, k) => {
        const value = p[k] ?? null;
        column.push(value === null ? null : value - lastValues[k]);
        if (value !== null) lastValues[k] = value;
      });
    }
    const remainder = JSON.stringify(rest);
    if (remainder === "{}") return;
    const last = runs.at(-1);
    if (last !== undefined && last[2] === remainder && last[0] + last[1] === at) last[1] += 1;
    else runs.push([at, 1, remainder]);
  });
  if (runs.length === 0 && index.length === 0) return null;
  const sealed: Sealed = { runs, phases: index.length === 0 ? null : { index, columns } };
  return deflateRawSync(new TextEncoder().encode(JSON.stringify(sealed)));
}

function partsOf(text: string): { p?: (number | null)[] } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The texts again, check by check. */
export function unpackDetailBlock(bytes: Uint8Array | null, count: number): (string | null)[] {
  const details: (string | null)[] = new Array(count).fill(null);
  if (bytes === null) return details;
  const sealed = JSON.parse(new TextDecoder().decode(inflateRawSync(bytes))) as Sealed;
  const parts: Record<string, unknown>[] = [];
  for (const [from, length, text] of sealed.runs) {
    for (let at = from; at < from + length; at++) parts[at] = JSON.parse(text);
  }
  const values = [0, 0, 0, 0, 0];
  let at = 0;
  sealed.phases?.index.forEach((distance, row) => {
    at += distance;
    const p = sealed.phases!.columns.map((column, k) => {
      const step = column[row];
      return step === null ? null : (values[k] += step);
    });
    parts[at] = { ...parts[at], p };
  });
  parts.forEach((part, i) => details[i] = JSON.stringify(part));
  return details;
}
