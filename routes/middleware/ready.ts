import type { Config } from "../../domain/config.ts";
import type { AppContext } from "../env.ts";
import { type Coding, codingOf, isCommandLine } from "./accept.ts";
import { queryOf, rawTarget } from "./query.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { Rendering } from "./rendered.ts";
import { RequestHead } from "./request_head.ts";
import { inboundId } from "./request_id.ts";
import { matches } from "./respond.ts";

/** An answer just given, as it can be given again. */
interface Given {
  readonly rendering: Rendering;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** All of its headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** True: neither `Accept` nor `User-Agent` chose it. */
  readonly isPlain: boolean;
}

interface Ready extends Pick<Given, "rendering" | "body"> {
  /** Those that differ from request to request are set each time. */
  readonly headers: Headers;
  /** Of the 304 that says the same; null: the answer has no validator. */
  readonly unchanged: { readonly etag: string; readonly headers: Headers } | null;
  readonly isLimited: boolean;
}

/** What is ready under one address. */
interface Place {
  readonly isPlain: boolean;
  readonly answers: Map<string, Ready>;
}

export interface ReadyDeps {
  config(): Config;
  readonly limit: RateLimit;
  mint(): string;
}

const MAX_ANSWERS = 4_000;
/** Longer addresses and `Accept` headers go the long way, so that the memory is bounded. */
const MAX_KEY_CHARS = 512;
const MAX_CODINGS = 256;

/**
 * Answers given before, for callers without any credentials, found again by the raw address and what of the headers can choose among
 * answers; everything else about a request is done here as the middleware does it. Promises: what is given is, byte for byte, what the
 * long way would give; nothing is kept of a request with an `Authorization` header, a token or a pass, and nothing is given to one; an
 * answer is forgotten with its rendering. When in doubt, the request goes the long way.
 */
export class ReadyAnswers {
  readonly #deps: ReadyDeps;
  readonly #places = new Map<string, Place>();
  readonly #codings = new Map<string | null, Coding>();
  #count = 0;

  constructor(deps: ReadyDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#count;
  }

  /** Keeps an answer that was made for an anonymous caller. */
  keep(c: AppContext, given: Given): void {
    const request = c.req.raw;
    const query = queryOf(c);
    if (request.method !== "GET" || query.has("token") || query.has("pass")) return;
    const head = new RequestHead(request);
    const target = rawTarget(request.url);
    if (head.authorization !== null || target.length > MAX_KEY_CHARS) return;
    if ((head.accept?.length ?? 0) > MAX_KEY_CHARS || !isForAllOrigins(c.get("config"), head)) return;
    this.#put(target, this.#variantOf(head, given.isPlain), given);
  }

  #put(target: string, variant: string, given: Given): void {
    const place = this.#placeOf(target, given.isPlain);
    const { "x-request-id": _, "x-ratelimit-remaining": remaining, ...lasting } = given.headers;
    const { "content-type": _type, "content-encoding": _coding, ...unchanged } = lasting;
    const ready: Ready = {
      rendering: given.rendering,
      body: given.body,
      headers: new Headers(lasting),
      unchanged: lasting.etag === undefined ? null : { etag: lasting.etag, headers: new Headers(unchanged) },
      isLimited: remaining !== undefined,
    };
    if (place.answers.get(variant) === undefined) this.#count += 1;
    place.answers.set(variant, ready);
    given.rendering.onDrop(() => this.#forget(target, variant, ready));
    while (this.#count > MAX_ANSWERS) this.#forgetOldest();
  }

  #placeOf(target: string, isPlain: boolean): Place {
    const known = this.#places.get(target);
    if (known?.isPlain === isPlain) return known;
    this.#count -= known?.answers.size ?? 0;
    const place: Place = { isPlain, answers: new Map() };
    this.#places.set(target, place);
    return place;
  }

  /** The answer, if it is ready and this caller may have it; null: the request goes the long way. */
  answer(request: Request, remote: () => Deno.Addr | undefined): Response | null {
    if (request.method !== "GET") return null;
    const place = this.#places.get(rawTarget(request.url));
    if (place === undefined) return null;
    const head = new RequestHead(request);
    if (head.authorization !== null || head.fault !== null) return null;
    const config = this.#deps.config();
    const ready = place.answers.get(this.#variantOf(head, place.isPlain));
    if (ready === undefined || !ready.rendering.isCurrent(config) || !isForAllOrigins(config, head)) {
      return null;
    }
    const isUnchanged = ready.unchanged !== null && matches(head.ifNoneMatch, ready.unchanged.etag);
    const headers = isUnchanged ? ready.unchanged.headers : ready.headers;
    if (ready.isLimited) {
      const verdict = this.#deps.limit.take(config.server, remote(), request.headers);
      if (!verdict.allowed) return null;
      headers.set("x-ratelimit-remaining", String(verdict.remaining));
    }
    headers.set("x-request-id", inboundId(head.requestId) ?? this.#deps.mint());
    return isUnchanged ? new Response(null, { status: 304, headers }) : new Response(ready.body, { headers });
  }

  #variantOf(head: RequestHead, isPlain: boolean): string {
    const { acceptEncoding } = head;
    let coding = this.#codings.get(acceptEncoding);
    if (coding === undefined) {
      coding = codingOf(acceptEncoding);
      if (this.#codings.size >= MAX_CODINGS) this.#codings.clear();
      this.#codings.set(acceptEncoding, coding);
    }
    const cors = head.origin === null ? coding : `${coding} cross`;
    if (isPlain) return cors;
    return `${cors} ${isCommandLine(head.userAgent) ? "text" : "any"} ${head.accept ?? ""}`;
  }

  #forget(target: string, variant: string, ready: Ready): void {
    const place = this.#places.get(target);
    if (place?.answers.get(variant) !== ready) return;
    place.answers.delete(variant);
    this.#count -= 1;
    if (place.answers.size === 0) this.#places.delete(target);
  }

  #forgetOldest(): void {
    const [target, place] = this.#places.entries().next().value!;
    this.#places.delete(target);
    this.#count -= place.answers.size;
  }
}

/** Is the answer's CORS header the same whoever asks? */
function isForAllOrigins({ server: { allowedOrigins } }: Config, head: RequestHead): boolean {
  return head.origin === null || allowedOrigins === null;
}
