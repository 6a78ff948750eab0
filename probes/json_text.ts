/** Numbers as they stood in a document, by what holds them (nothing: the whole document): a parsed number has lost its digits. */
export interface Numbers {
  sourceAt(holder: object | undefined, key: string): string | undefined;
}

/** Parses a document and keeps how its numbers were written. Throws `SyntaxError` when it is no JSON. */
export function parseKeepingNumbers(text: string): { document: unknown; numbers: Numbers } {
  const sources = new Map<object, Map<string, string>>();
  let whole: string | undefined;
  // The third argument of a reviver, the source text, is in the runtime but not yet in its types.
  const parse = JSON.parse as (
    text: string,
    reviver: (this: object, key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
  const document = parse(text, function (key, value, { source }) {
    if (typeof value === "number" && source !== undefined && source !== String(value)) {
      let own = sources.get(this);
      if (own === undefined) sources.set(this, own = new Map());
      own.set(key, source);
      whole = source;
    }
    return value;
  });
  const root = typeof document === "number" ? whole : undefined;
  return {
    document,
    numbers: { sourceAt: (holder, key) => (holder === undefined ? root : sources.get(holder)?.get(key)) },
  };
}

/** Compact JSON with the keys of objects sorted; a string is its raw text. */
export function asText(value: unknown, numbers: Numbers | null, holder?: object, key?: string): string {
  if (typeof value === "string") return value;
  return compact(value, numbers, holder, key);
}

function compact(value: unknown, numbers: Numbers | null, holder?: object, key?: string): string {
  if (typeof value === "number") {
    return numbers?.sourceAt(holder, key ?? "") ?? String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((part, at) => compact(part, numbers, value, String(at))).join(",")}]`;
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${
    parts.map(([name, part]) => `${JSON.stringify(name)}:${compact(part, numbers, value, name)}`).join(",")
  }}`;
}

/** The object or array that holds what stands at this place; undefined for the document itself. */
export function holderOf(document: unknown, location: readonly (string | number)[]): object | undefined {
  let here = document as Record<string | number, unknown>;
  for (const step of location.slice(0, -1)) here = here[step] as Record<string | number, unknown>;
  return location.length === 0 ? undefined : here;
}
