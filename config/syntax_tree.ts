import { type AST, parseTOML } from "toml-eslint-parser";
import { formatPath, type Path } from "./problem.ts";
import { type Table, TomlDateTime, TomlFloat, type Value } from "./toml.ts";

interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

interface Places {
  readonly key: Place;
  readonly value: Place;
}

/** A file as a tree: its values, as they are written, and where each of them stands. */
export class SyntaxTree {
  readonly root: Table = Object.create(null);
  readonly #places = new Map<string, Places>();

  /** Throws the parser's `ParseError` when `text` is no TOML. */
  constructor(text: string) {
    const program = parseTOML(text, { tomlVersion: "1.1" });
    for (const item of program.body[0].body) {
      if (item.type === "TOMLKeyValue") {
        this.#assign(this.root, [], item);
        continue;
      }
      const path = item.resolvedKey;
      const table = this.#descend(this.root, path, item.key);
      for (const entry of item.body) this.#assign(table, path, entry);
    }
  }

  /** Of the value, or else its key, or else the nearest enclosing thing that stands in the file; null: nowhere. */
  placeOf(path: Path, at: "key" | "value"): Place | null {
    const exact = this.#places.get(formatPath(path));
    if (exact !== undefined) return exact[at];
    for (let length = path.length - 1; length > 0; length--) {
      const places = this.#places.get(formatPath(path.slice(0, length)));
      if (places !== undefined) return places.key;
    }
    return null;
  }

  #assign(table: Table, base: Path, entry: AST.TOMLKeyValue): void {
    const names = entry.key.keys.map((key) => key.type === "TOMLBare" ? key.name : key.value);
    const parent = this.#descend(table, names.slice(0, -1), entry.key, base) as Record<string, Value>;
    const path = [...base, ...names];
    this.#places.set(formatPath(path), { key: placeOf(entry.key), value: placeOf(entry.value) });
    parent[names[names.length - 1]] = this.#value(entry.value, path);
  }

  /** Walks to the table at `path`, making what is missing on the way and noting where it was first named. */
  #descend(from: Table, path: Path, key: AST.TOMLKey, base: Path = []): Table {
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
    return here as Table;
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
      const table: Table = Object.create(null);
      for (const entry of node.body) this.#assign(table, path, entry);
      return table;
    }
    if (node.kind === "string" || node.kind === "boolean") return node.value;
    if (node.kind === "integer") return Number(node.bigint);
    if (node.kind === "float") return new TomlFloat(node.value);
    return new TomlDateTime(node.datetime);
  }
}

function placeOf(node: { loc: AST.SourceLocation }): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}
