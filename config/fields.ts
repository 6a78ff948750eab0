import * as z from "zod";
import { Secret } from "../domain/secret.ts";
import { isTable, type Value } from "./toml.ts";

/** What a schema says about its key besides the shape of the value. */
export interface Notes {
  /** The value is never shown in a message. */
  readonly secret?: true;
  /** Takes numbers written with a point. */
  readonly float?: true;
  /** Takes unquoted dates with times. */
  readonly dateTime?: true;
  /** A length of time, which is cut at `maxSecs`. */
  readonly time?: true;
  /** Known from newer releases; the feature does not exist here. */
  readonly unbuilt?: true;
}

/** Notes on key schemas; the outermost wrapper that has a note counts. */
export const notes: z.core.$ZodRegistry<Notes> = z.registry<Notes>();

/** The notes of a schema or of what it wraps (`optional`, `default`, `pipe`). */
export function notesOf(schema: z.ZodType): Notes {
  let here: z.ZodType | undefined = schema;
  while (here !== undefined) {
    const found = notes.get(here);
    if (found !== undefined) return found;
    const def = here.def as { innerType?: z.ZodType; in?: z.ZodType; element?: z.ZodType };
    here = def.innerType ?? def.in ?? def.element;
  }
  return {};
}

export const u16 = 65_535;
export const u32 = 4_294_967_295;
/** Three thousand years in seconds; a longer time counts as this one, so that sums of times stay dates. */
export const maxSecs = 100_000_000_000;

export const text = (): z.ZodString => z.string();
export const bool = (): z.ZodBoolean => z.boolean();
/** Only TOML's integers get here, so that the schema need not tell them from other numbers. */
export const integer = (min: number, max: number): z.ZodNumber =>
  z.number().min(min).max(max).meta({ type: "integer" });
/** A number of seconds or milliseconds: any integer that TOML has, but no more than `maxSecs`. */
export function time(min: number): z.ZodNumber {
  const schema = z.number().min(min).meta({ type: "integer" });
  notes.add(schema, { time: true });
  return schema;
}
export const words = (): z.ZodArray<z.ZodString> => z.array(z.string());

/** A text that becomes a `Secret`. */
export function secret(): z.ZodPipe<z.ZodString, z.ZodTransform<Secret, string>> {
  const schema = z.string().transform((value) => new Secret(value));
  notes.add(schema, { secret: true });
  return schema;
}

/** A table whose values are secrets; its names may be any text, `__proto__` too. */
export function secrets(): z.ZodPipe<z.ZodAny, z.ZodTransform<Record<string, Secret>, unknown>> {
  const schema = z.any().meta({ type: "object", additionalProperties: { type: "string" } })
    .transform((value: Value, context) => {
      const found: Record<string, Secret> = Object.create(null);
      if (!isTable(value)) {
        context.addIssue({ code: "custom", message: "must be a table" });
        return found;
      }
      for (const [name, text] of Object.entries(value)) {
        if (typeof text === "string") found[name] = new Secret(text);
        else context.addIssue({ code: "custom", path: [name], message: "must be a text in quotes" });
      }
      return found;
    });
  notes.add(schema, { secret: true });
  return schema;
}

export function decimal(): z.ZodNumber {
  const schema = z.number();
  notes.add(schema, { float: true });
  return schema;
}

/** An RFC 3339 instant, quoted or not, as Unix milliseconds. */
export function instant(): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  const schema = z.string().meta({ format: "date-time" }).transform((value, context) => {
    const at = parseInstant(value);
    if (at === null) {
      context.addIssue({
        code: "custom",
        message: "must be a date and time with its offset, such as 2026-06-10T03:00:00Z",
      });
      return z.NEVER;
    }
    return at;
  });
  notes.add(schema, { dateTime: true });
  return schema;
}

/** Marks a key of newer releases whose feature does not exist here. */
export function unbuilt<T extends z.ZodType>(schema: T): z.ZodOptional<T> {
  const optional = schema.optional();
  notes.add(optional, { ...notesOf(schema), unbuilt: true });
  return optional;
}

/** Unix ms of an RFC 3339 timestamp; null for anything else, an impossible day included. */
export function parseInstant(value: string): number | null {
  const match = value.trim().match(
    /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):(\d{2})(?::(\d{2})(?:\.(\d+))?)?([Zz]|[+-]\d{2}:?\d{2})$/,
  );
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = "00", fraction = "", offset] = match;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > lastDay) return null;
  // A leap second is the last moment of its minute.
  const seconds = second === "60" ? "59" : second;
  const millis = fraction.padEnd(3, "0").slice(0, 3);
  const at = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${seconds}.${millis}${
      offset.toUpperCase().replace(/^(...)(\d\d)$/, "$1:$2")
    }`,
  );
  return Number.isNaN(at) ? null : at;
}
