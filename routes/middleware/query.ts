import * as z from "zod";
import { AppError } from "../../domain/errors.ts";
import { lazily } from "../../domain/lazily.ts";
import type { AppContext } from "../env.ts";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

const noQuery = new URLSearchParams();

/** The raw query of a request, read as `application/x-www-form-urlencoded`; that reading never fails. */
export function queryOf(c: AppContext): URLSearchParams {
  const url = c.req.raw.url;
  const at = url.indexOf("?");
  if (at < 0) return noQuery;
  const hash = url.indexOf("#", at);
  return new URLSearchParams(url.slice(at + 1, hash < 0 ? undefined : hash));
}

/**
 * Reads the parameters that the schema knows; others are ignored. Throws `bad_request` when a known one stands there twice, is missing
 * although required, or is not of its form.
 */
export function readQuery<S extends z.ZodObject>(c: AppContext, schemaOf: () => S): z.infer<S> {
  const schema = schemaOf();
  const query = queryOf(c);
  const input: Record<string, string> = {};
  for (const name of query.size === 0 ? [] : Object.keys(schema.shape)) {
    const values = query.getAll(name);
    if (values.length > 1) throw malformed(`duplicate field \`${name}\``);
    if (values.length === 1) input[name] = values[0];
  }
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  const name = String(path[0] ?? "query");
  throw malformed(name in input ? `${name}: ${message}` : `missing field \`${name}\``);
}

function malformed(detail: string): AppError {
  return new AppError("bad_request", `Failed to deserialize query string: ${detail}`);
}

function isInt64(text: string): boolean {
  if (!/^[+-]?[0-9]{1,40}$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= MIN_INT64 && value <= MAX_INT64;
}

/** A decimal integer with an optional sign, within 64 bits; outside of the safe range it becomes the nearest end of that range. */
export function integerParam(description: string, example: number) {
  return z.string().refine(isInt64, "not an integer of 64 bits")
    .transform((text) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, Number(text))))
    .meta({ type: "integer", format: "int64", description, example });
}

/** The `token` of reads and of operator endpoints; `Authorization: Bearer` is preferred and wins. */
export const tokenParam = lazily(() =>
  z.string().optional().meta({
    description:
      "The token, for callers that cannot send `Authorization: Bearer`. It ends up in proxies' logs.",
  })
);

export const tokenQuery = lazily(() => z.object({ token: tokenParam() }));

/**
 * A percent-decoded path segment. Throws `bad_request` when its bytes are not UTF-8; a malformed escape is kept literally.
 */
export function decodeSegment(raw: string): string {
  if (!raw.includes("%")) return raw;
  const bytes: number[] = [];
  const source = new TextEncoder().encode(raw);
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? String.fromCharCode(source[i + 1] ?? 0, source[i + 2] ?? 0) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(parseInt(hex, 16));
      i += 2;
    } else {
      bytes.push(source[i]);
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch {
    throw new AppError("bad_request", "Invalid URL: a path segment is not UTF-8");
  }
}

/** The path and query of a request's address as they were sent, undecoded. */
export function rawTarget(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start < 0 ? "/" : url.slice(start);
}

/** The path of the request as it was sent, undecoded. */
export function rawPath(request: Request): string {
  const url = request.url;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  const query = url.indexOf("?", start);
  const hash = url.indexOf("#", start);
  const end = Math.min(query < 0 ? url.length : query, hash < 0 ? url.length : hash);
  return url.slice(start, end);
}

/** Segment number `index` (from 0) of the path, decoded by the rules above. */
export function segment(c: AppContext, index: number): string {
  return decodeSegment(rawPath(c.req.raw).split("/")[index + 1] ?? "");
}
