import * as z from "zod";
import { lazily } from "../domain/lazily.ts";
import { Secret } from "../domain/secret.ts";
import { isTable, type Value } from "./toml.ts";

/** What is to be known of a key besides the shape of its value. */
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

/** What an absent key counts as. */
interface Absent {
  readonly value: unknown;
}

/**
 * A key of a section. Its schema is made when a file first has the key: most files leave most keys out, and to make the schemas of all of
 * them takes longer than to read seven hundred monitors.
 */
export class Field<T> {
  /** Judges and reads a value that is there. */
  readonly schema: () => z.ZodType<T>;

  constructor(
    make: () => z.ZodType<T>,
    readonly notes: Notes = {},
    /** Null: the key is required. */
    readonly absent: Absent | null = null,
    /** What the key is for, in words; empty: it has none. */
    readonly about: string = "",
  ) {
    this.schema = lazily(make);
  }

  default(value: T): Field<T> {
    return new Field(this.schema, this.notes, { value }, this.about);
  }

  optional(): Field<T | undefined> {
    return new Field<T | undefined>(this.schema, this.notes, { value: undefined }, this.about);
  }

  describe(about: string): Field<T> {
    return new Field(this.schema, this.notes, this.absent, about);
  }

  /** With what an absent key counts as and what it is for, for the JSON Schema. */
  whole(): z.ZodType {
    const schema = this.schema();
    const { absent, about } = this;
    const whole = absent === null
      ? schema
      : absent.value === undefined
      ? schema.optional()
      : schema.default(absent.value as z.core.util.NoUndefined<T>);
    return about === "" ? whole : whole.describe(about);
  }
}

export const u16 = 65_535;
export const u32 = 4_294_967_295;
/** Three thousand years in seconds; a longer time counts as this one, so that sums of times stay dates. */
export const maxSecs = 100_000_000_000;

export const text = (): Field<string> => new Field(() => z.string());
export const bool = (): Field<boolean> => new Field(() => z.boolean());
/** Only TOML's integers get here, so that the schema need not tell them from other numbers. */
export const integer = (min: number, max: number): Field<number> =>
  new Field(() => z.number().min(min).max(max).meta({ type: "integer" }));
/** A number of seconds or milliseconds: any integer that TOML has, but no more than `maxSecs`. */
export const time = (min: number): Field<number> =>
  new Field(() => z.number().min(min).meta({ type: "integer" }), { time: true });
export const words = (): Field<string[]> => new Field(() => z.array(z.string()));
export const oneOf = <const T extends readonly string[]>(values: T): Field<T[number]> =>
  new Field(() => z.enum(values));
/** A number with or without a point, within what `limit` allows. */
export const decimal = (limit: (number: z.ZodNumber) => z.ZodNumber = (number) => number): Field<number> =>
  new Field(() => limit(z.number()), { float: true });

/** A text that becomes a `Secret`. */
export const secret = (): Field<Secret> =>
  new Field(() => z.string().transform((value) => new Secret(value)), { secret: true });

/** A table whose values are secrets; its names may be any text, `__proto__` too. */
export const secrets = (): Field<Record<string, Secret>> =>
  new Field(() =>
    z.any().meta({ type: "object", additionalProperties: { type: "string" } })
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
      }), { secret: true });

/** An RFC 3339 instant, quoted or not, as Unix milliseconds. */
export const instant = (): Field<number> =>
  new Field(() =>
    z.string().meta({ format: "date-time" }).transform((value, context) => {
      const at = parseInstant(value);
      if (at === null) {
        context.addIssue({
          code: "custom",
          message: "must be a date and time with its offset, such as 2026-06-10T03:00:00Z",
        });
        return z.NEVER;
      }
      return at;
    }), { dateTime: true });

/** Marks a key of newer releases whose feature does not exist here. */
export const unbuilt = <T>({ schema, notes }: Field<T>): Field<T | undefined> =>
  new Field<T | undefined>(schema, { ...notes, unbuilt: true }, { value: undefined });

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
