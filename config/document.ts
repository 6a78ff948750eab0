import { type AST, parseTOML } from "toml-eslint-parser";
import { expand } from "./interpolate.ts";
import { formatPath, type Path, type Problem } from "./problem.ts";

export type Table = { readonly [key: string]: Value };
export type Value = string | number | boolean | TomlFloat | TomlDateTime | readonly Value[] | Table;

/** A number written with a point or an exponent; no integer key takes it, not even `60.0`. */
export class TomlFloat {
  constructor(readonly value: number) {}
}

/** An unquoted date or time, as written. */
export class TomlDateTime {
  constructor(readonly text: string) {}
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A parsed file: plain values with `${VAR}` expanded, and for each of them where it stands. */
export class Document {
  readonly root: Table;
  /** References to variables that are not set. */
  readonly unset: Problem[] = [];
  readonly #places = new Map<string, { key: Place; value: Place }>();
  readonly #expanded = new Set<string>();

  constructor(
    text: string,
    readonly file: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {
    this.root = this.#table(parseTOML(text, { tomlVersion: "1.1" }));
  }

  /** Where the value stands, or else its key, or else the nearest enclosing thing that stands in the file. */
  problem(path: Path, message: string, at: "key" | "value" = "value"): Problem {
    const place = this.#nearest(path, at);
    return { file: this.file, ...place, path: formatPath(path), message };
  }

  /** Did this string hold a `${VAR}`? Then its value may be a secret and is not shown. */
  isExpanded(path: Path): boolean {
    return this.#expanded.has(formatPath(path));
  }

  #nearest(path: Path, at: "key" | "value"): Place {
    const exact = this.#places.get(formatPath(path));
    if (exact !== undefined) return exact[at];
    for (let length = path.length - 1; length > 0; length--) {
      const place = this.#places.get(formatPath(path.slice(0, length)));
      if (place !== undefined) return place.key;
    }
    return { line: 0, column: 0 };
  }

  #table(program: AST.TOMLProgram): Table {
    const root: Record<string, Value> = Object.create(null);
    for (const item of program.body[0].body) {
      if (item.type === "TOMLKeyValue") {
        this.#assign(root, [], item);
        continue;
      }
      const path = item.resolvedKey;
      const table = this.#descend(root, path, item.key);
      for (const entry of item.body) this.#assign(table, path, entry);
    }
    return root;
  }

  #assign(table: Record<string, Value>, base: Path, entry: AST.TOMLKeyValue): void {
    const names = entry.key.keys.map((key) => key.type === "TOMLBare" ? key.name : key.value);
    const parent = this.#descend(table, names.slice(0, -1), entry.key, base);
    const path = [...base, ...names];
    this.#places.set(formatPath(path), { key: placeOf(entry.key), value: placeOf(entry.value) });
    parent[names[names.length - 1]] = this.#value(entry.value, path);
  }

  /** Walks to the table at `path`, making what is missing on the way and noting where it was first named. */
  #descend(
    from: Record<string, Value>,
    path: Path,
    key: AST.TOMLKey,
    base: Path = [],
  ): Record<string, Value> {
    let here = from as Record<string | number, Value>;
    path.forEach((step, index) => {
      if (here[step] === undefined) {
        here[step] = typeof path[index + 1] === "number" ? [] : Object.create(null);
      }
      const name = formatPath([...base, ...path.slice(0, index + 1)]);
      if (!this.#places.has(name)) {
        const place = placeOf(key);
        this.#places.set(name, { key: place, value: place });
      }
      here = here[step] as Record<string | number, Value>;
    });
    return here;
  }

  #value(node: AST.TOMLContentNode, path: Path): Value {
    if (node.type === "TOMLArray") {
      return node.elements.map((element, index) => {
        const at = [...path, index];
        const place = placeOf(element);
        this.#places.set(formatPath(at), { key: place, value: place });
        return this.#value(element, at);
      });
    }
    if (node.type === "TOMLInlineTable") {
      const table: Record<string, Value> = Object.create(null);
      for (const entry of node.body) this.#assign(table, path, entry);
      return table;
    }
    if (node.kind === "string") return this.#string(node.value, path);
    if (node.kind === "boolean") return node.value;
    if (node.kind === "integer") return Number(node.bigint);
    if (node.kind === "float") return new TomlFloat(node.value);
    return new TomlDateTime(node.datetime);
  }

  #string(text: string, path: Path): string {
    const { value, unset, references } = expand(text, this.env);
    if (references > 0) this.#expanded.add(formatPath(path));
    for (const name of unset) {
      this.unset.push(this.problem(path, `environment variable ${name || '""'} is not set, read as empty`));
    }
    return value;
  }
}

function placeOf(node: { loc: AST.SourceLocation }): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}
