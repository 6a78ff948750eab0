import { parse } from "smol-toml";
import { expand } from "./interpolate.ts";
import { formatPath, type Path, type Problem } from "./problem.ts";
import { SyntaxTree } from "./syntax_tree.ts";
import { type Table, TomlDateTime, TomlFloat, type Value } from "./toml.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A parsed file: plain values with `${VAR}` expanded, and for each of them where it stands. The values come from the quick reader; the
 * tree, which knows the places and costs four times as much, is made when there is something to tell, or when the quick reader gives up.
 */
export class Document {
  readonly root: Table;
  readonly #text: string;
  #tree: SyntaxTree | null = null;
  readonly #expanded = new Set<string>();
  readonly #unset: { readonly path: Path; readonly name: string }[] = [];

  /** Throws the parser's `ParseError` when `text` is no TOML. */
  constructor(text: string, readonly file: string, env: Env) {
    this.#text = text;
    this.root = this.#expand(readQuickly(text) ?? this.#syntax().root, [], env) as Table;
  }

  /** References to variables that are not set. */
  unset(): Problem[] {
    return this.#unset.map(({ path, name }) =>
      this.problem(path, `environment variable ${name || '""'} is not set, read as empty`)
    );
  }

  /** Where the value stands, or else its key, or else the nearest enclosing thing that stands in the file. */
  problem(path: Path, message: string, at: "key" | "value" = "value"): Problem {
    const { line, column } = this.#syntax().placeOf(path, at) ?? { line: 0, column: 0 };
    return { file: this.file, line, column, path: formatPath(path), message };
  }

  /** Did this string hold a `${VAR}`? Then its value may be a secret and is not shown. */
  isExpanded(path: Path): boolean {
    return this.#expanded.has(formatPath(path));
  }

  #syntax(): SyntaxTree {
    return this.#tree ??= new SyntaxTree(this.#text);
  }

  /** Replaces the references in place. `path` is that of `value`, and is changed and put back on the way. */
  #expand(value: Value, path: (string | number)[], env: Env): Value {
    if (typeof value === "string") return value.includes("$") ? this.#string(value, path, env) : value;
    if (typeof value !== "object" || value instanceof TomlFloat || value instanceof TomlDateTime) {
      return value;
    }
    const parts = value as Record<string | number, Value>;
    for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      path.push(key);
      parts[key] = this.#expand(parts[key], path, env);
      path.pop();
    }
    return value;
  }

  #string(text: string, path: Path, env: Env): string {
    const { value, unset, references } = expand(text, env);
    if (references > 0) this.#expanded.add(formatPath(path));
    for (const name of unset) this.#unset.push({ path: [...path], name });
    return value;
  }
}

/**
 * The values of a file; null when it is no TOML, or holds what the quick reader gets wrong: unquoted dates (it takes 30 February), and
 * texts that end in quotes. Throws `RangeError` when it is nested too deeply.
 */
export function readQuickly(text: string): Table | null {
  if (/"{4}|'{4}/.test(text)) return null;
  try {
    return plain(parse(text, { integersAsBigInt: true })) as Table;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return null;
  }
}

/** The reader's values as ours, in place. Throws on a date. */
function plain(value: unknown): Value {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return new TomlFloat(value);
  if (value instanceof Date) throw new TypeError("a date");
  const parts = value as Record<string | number, unknown>;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(parts)) parts[key] = plain(parts[key]);
  return parts as Table;
}
