import * as z from "zod";
import { parseInstant } from "../domain/instant.ts";
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

interface Facts<T> {
  /** Judges and reads a value that is there. */
  readonly schema: () => z.ZodType<T>;
  /** Values of which the schema would say that they are right, and that they stay as they are; absent: the schema has to be asked. */
  readonly isPlain?: (value: unknown) => boolean;
  readonly notes?: Notes;
  /** What an absent key counts as; null: it is required. */
  readonly absent?: { readonly value: unknown } | null;
  /** What the key is for, in words. */
  readonly about?: string;
}

const noNotes: Notes = {};

/**
 * A key of a section. Its schema is made when a file has a value that is not plainly right: to make the schemas of all keys, and to ask
 * them about each value of seven hundred monitors, takes longer than all else there is to read in such a file.
 */
export class Field<T> {
  readonly schema: () => z.ZodType<T>;

  constructor(readonly facts: Facts<T>) {
    this.schema = lazily(facts.schema);
  }

  get notes(): Notes {
    return this.facts.notes ?? noNotes;
  }

  /** What an absent key counts as; null: it is required. */
  get absent(): { readonly value: unknown } | null {
    return this.facts.absent ?? null;
  }

  isPlain(value: unknown): value is T {
    return this.facts.isPlain?.(value) ?? false;
  }

  default(value: T): Field<T> {
    return new Field({ ...this.facts, absent: { value } });
  }

  optional(): Field<T | undefined> {
    return new Field<T | undefined>({ ...this.facts, absent: { value: undefined } });
  }

  describe(about: string): Field<T> {
    return new Field({ ...this.facts, about });
  }

  /** With what an absent key counts as and what it is for, for the JSON Schema. */
  whole(): z.ZodType {
    const schema = this.schema();
    const { absent, facts: { about } } = this;
    const whole = absent === null
      ? schema
      : absent.value === undefined
      ? schema.optional()
      : schema.default(absent.value as z.core.util.NoUndefined<T>);
    return about === undefined ? whole : whole.describe(about);
  }
}

export const u16 = 65_535;
export const u32 = 4_294_967_295;
/** Three thousand years in seconds; a longer time counts as this one, so that sums of times stay dates. */
export const maxSecs = 100_000_000_000;

const isText = (value: unknown): value is string => typeof value === "string";
const isFrom = (min: number, value: unknown): value is number => typeof value === "number" && value >= min;

export const text = (): Field<string> => new Field({ schema: () => z.string(), isPlain: isText });
export const bool = (): Field<boolean> =>
  new Field({ schema: () => z.boolean(), isPlain: (value) => typeof value === "boolean" });
/** Only TOML's integers get here, so that the schema need not tell them from other numbers. */
export const integer = (min: number, max: number): Field<number> =>
  new Field({
    schema: () => z.number().min(min).max(max).meta({ type: "integer" }),
    isPlain: (value) => isFrom(min, value) && value <= max,
  });
/** A number of seconds or milliseconds: any integer that TOML has, but no more than `maxSecs`. */
export const time = (min: number): Field<number> =>
  new Field({
    schema: () => z.number().min(min).meta({ type: "integer" }),
    isPlain: (value) => isFrom(min, value),
    notes: { time: true },
  });
export const words = (): Field<string[]> =>
  new Field({
    schema: () => z.array(z.string()),
    isPlain: (value) => Array.isArray(value) && value.every(isText),
  });
export const oneOf = <const T extends readonly string[]>(values: T): Field<T[number]> =>
  new Field({ schema: () => z.enum(values), isPlain: (value) => isText(value) && values.includes(value) });
/** A number with or without a point, within what `limit` allows. */
export const decimal = (limit: (number: z.ZodNumber) => z.ZodNumber = (number) => number): Field<number> =>
  new Field({ schema: () => limit(z.number()), notes: { float: true } });

/** A text that becomes a `Secret`. */
export const secret = (): Field<Secret> =>
  new Field({ schema: () => z.string().transform((value) => new Secret(value)), notes: { secret: true } });

/** A table whose values are secrets; its names may be any text, `__proto__` too. */
export const secrets = (): Field<Record<string, Secret>> =>
  new Field({
    schema: () =>
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
        }),
    notes: { secret: true },
  });

/** An RFC 3339 instant, quoted or not, as Unix milliseconds. */
export const instant = (): Field<number> =>
  new Field({
    schema: () =>
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
      }),
    notes: { dateTime: true },
  });

/** Marks a key of newer releases whose feature does not exist here. */
export const unbuilt = <T>({ schema, notes }: Field<T>): Field<T | undefined> =>
  new Field<T | undefined>({ schema, notes: { ...notes, unbuilt: true }, absent: { value: undefined } });
