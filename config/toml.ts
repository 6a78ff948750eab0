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

export function isTable(value: Value): value is Table {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof TomlFloat) &&
    !(value instanceof TomlDateTime);
}
