import type { z } from "zod";
import type { Document } from "./document.ts";
import { type Field, maxSecs, type Notes } from "./fields.ts";
import { type Finding, nearest, type Path } from "./problem.ts";
import { type Table, TomlDateTime, TomlFloat, type Value } from "./toml.ts";

// deno-lint-ignore no-explicit-any
export type Shape = Readonly<Record<string, Field<any>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** What could be read of a section: keys that are absent, or wrong (and reported), are undefined. */
export type Draft<S extends Shape> = { readonly [K in keyof S]: ValueOf<S[K]> | undefined };
/** A section without a problem. */
export type Complete<S extends Shape> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** So many unknown ids get a hint. */
const MAX_HINTS = 20;

/** How to read the keys of a shape. */
class ShapeReader {
  readonly keys: ReadonlyMap<string, Shape[string]>;
  readonly required: readonly string[];
  /** The values of absent keys: the prototype of a section's values, since most tables leave most keys out. */
  readonly defaults: Record<string, unknown> = Object.create(null);

  constructor(shape: Shape) {
    this.keys = new Map(Object.entries(shape));
    for (const [key, { absent }] of this.keys) this.defaults[key] = absent?.value;
    this.required = [...this.keys].filter(([, { absent }]) => absent === null).map(([key]) => key);
  }
}

/** Collects what is wrong and what is doubtful while a file is read. */
export class Report {
  readonly problems: Finding[] = [];
  readonly warnings: Finding[] = [];
  /** Keys of newer releases that were met. */
  readonly unbuilt: string[] = [];
  readonly #readers = new Map<Shape, ShapeReader>();
  #hints = 0;

  constructor(readonly document: Document) {}

  /** `, did you mean …?` where an id is near; only for the first few, since each looks at every known one. */
  hint(word: string, known: Iterable<string>): string {
    if (this.#hints >= MAX_HINTS) return "";
    this.#hints += 1;
    const near = nearest(word, [...known]);
    return near === null ? "" : `, did you mean \`${near}\`?`;
  }

  /** Made once, however many tables have the shape. */
  readerOf(shape: Shape): ShapeReader {
    let reader = this.#readers.get(shape);
    if (reader === undefined) this.#readers.set(shape, reader = new ShapeReader(shape));
    return reader;
  }

  error(path: Path, message: string, at: "key" | "value" = "value"): void {
    this.problems.push({ path, message, at });
  }

  warn(path: Path, message: string, at: "key" | "value" = "value"): void {
    this.warnings.push({ path, message, at });
  }
}

/** One table of the file, read key by key, so that one mistake never hides another. */
export class Section<S extends Shape> {
  readonly values: Draft<S>;
  /** Keys that stand in the file. */
  readonly present: readonly string[];

  constructor(
    readonly raw: Table,
    readonly path: Path,
    readonly report: Report,
    shape: S,
    readonly what: string,
  ) {
    this.present = Object.keys(raw);
    const { keys, required, defaults } = report.readerOf(shape);
    const values: Record<string, unknown> = Object.create(defaults);
    for (const key of this.present) {
      const field = keys.get(key);
      if (field === undefined) report.error([...path, key], unknownKey(key, shape, what), "key");
      else values[key] = this.#read(key, field);
    }
    for (const key of required) {
      if (!Object.hasOwn(raw, key)) report.error([...path, key], "is required", "key");
    }
    this.values = values as Draft<S>;
  }

  has(key: keyof S & string): boolean {
    return Object.hasOwn(this.raw, key);
  }

  error(key: keyof S & string, message: string): void {
    this.report.error([...this.path, key], message);
  }

  warn(key: keyof S & string, message: string): void {
    this.report.warn([...this.path, key], message);
  }

  /** The value as it may be shown: quoted, or a stand-in where it may hold a secret. */
  shown(key: keyof S & string): string {
    return shown(this.report.document, [...this.path, key], this.raw[key]);
  }

  #read(key: string, field: Shape[string]): unknown {
    const { notes } = field;
    const raw = this.raw[key];
    const value = native(raw, notes);
    if (notes.unbuilt) this.report.unbuilt.push([...this.path, key].filter(isName).join("."));
    if (field.isPlain(value)) return value;
    const result = field.schema().safeParse(value);
    if (result.success) return result.data;
    const path = [...this.path, key];
    for (const issue of result.error.issues) {
      const at = [...path, ...(issue.path as (string | number)[])];
      const found = notes.secret
        ? kindOf(valueAt(raw, issue.path))
        : shown(this.report.document, at, valueAt(raw, issue.path));
      const value = valueAt(raw, issue.path);
      const told = issue.code === "unrecognized_keys" || isEmptyValue(value);
      const message = value === undefined && !told ? "is required" : wording(issue, notes);
      this.report.error(at, told || value === undefined ? message : `${message}, got ${found}`);
    }
    return undefined;
  }
}

/** Values whose TOML form has no counterpart in JSON, for the keys that take them. */
function native(raw: Value, notes: Notes): unknown {
  if (typeof raw === "number" && notes.time) return Math.min(raw, maxSecs);
  if (raw instanceof TomlFloat && notes.float) return raw.value;
  if (raw instanceof TomlDateTime && notes.dateTime) return raw.text;
  return raw;
}

const isName = (step: string | number): step is string => typeof step === "string";

function valueAt(raw: Value | undefined, path: readonly PropertyKey[]): Value | undefined {
  // deno-lint-ignore no-explicit-any
  return path.reduce((value: any, step) => value?.[step], raw);
}

function isEmptyValue(value: Value | undefined): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}

function kindOf(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return value === "" ? "an empty text" : "a text";
  if (typeof value === "number") return "an integer";
  if (typeof value === "boolean") return "a boolean";
  if (value instanceof TomlFloat) return "a number with a fraction";
  if (value instanceof TomlDateTime) return "an unquoted date";
  return Array.isArray(value) ? "an array" : "a table";
}

function shown(document: Document, path: Path, value: Value | undefined): string {
  if (typeof value === "string") {
    if (document.isExpanded(path)) return `${kindOf(value)} from the environment`;
    const masked = value.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, "$1***@");
    return JSON.stringify(masked.length > 80 ? masked.slice(0, 79) + "…" : masked);
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof TomlFloat) {
    return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
  }
  if (value instanceof TomlDateTime) return `the unquoted date ${value.text}`;
  return kindOf(value);
}

function unknownKey(key: string, shape: Shape, what: string): string {
  const near = nearest(key, Object.keys(shape));
  return `unknown key in ${what}` + (near === null ? "" : `, did you mean \`${near}\`?`);
}

const typeWords: Readonly<Record<string, string>> = {
  string: "a text in quotes",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "an array",
  object: "a table",
  record: "a table",
};

/** What is allowed, in words. */
function wording(issue: z.core.$ZodIssue, notes: Notes): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "number" && !notes.float) return "must be an integer";
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case "too_small":
      if (issue.origin === "array" || issue.origin === "string") return "must not be empty";
      return `must be ${issue.inclusive ? "at least" : "greater than"} ${issue.minimum}`;
    case "too_big":
      if (issue.origin === "array") return `must have at most ${issue.maximum} entries`;
      return `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_value":
      return `must be one of ${issue.values.map((value) => `\`${String(value)}\``).join(", ")}`;
    case "unrecognized_keys":
      return `unknown key ${issue.keys.map((key) => `\`${key}\``).join(", ")}`;
    default:
      return issue.message;
  }
}
