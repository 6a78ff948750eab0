import type { MonitorView } from "../../domain/summary.ts";
import type { Viewer } from "../../domain/viewer.ts";
import type { AppContext } from "../env.ts";
import { freshen } from "../freshen.ts";
import { codingOf } from "./accept.ts";
import { withDeadline } from "./deadline.ts";
import type { Draft } from "./rendered.ts";
import { headersOf, send } from "./send.ts";
import { audienceOf } from "./viewer.ts";

export interface Answer {
  /** Names what is shown, without the viewer: the path and those parameters that shape it. */
  readonly key: string;
  readonly viewer: Viewer;
  readonly type: string;
  /** How long an anonymous copy holds, in seconds. */
  readonly maxAgeSecs: number;
  /** Request headers besides the usual ones that chose this representation; of `User-Agent` only whether it is a command line client. */
  readonly vary?: readonly string[];
  /** Extra headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** True: everybody gets these bytes whatever token they send, so no answer is private. */
  readonly sameForAll?: boolean;
  /** True: what stands at this path never changes. */
  readonly isImmutable?: boolean;
  /** True: shows what moves although nothing happened, so an `ETag` would not last. */
  readonly movesAlone?: boolean;
  /** Called for each monitor of this viewer's summary, in slices, before a rendering that reads the summary. */
  readonly prepare?: (view: MonitorView) => void;
  readonly render: () => Draft | Promise<Draft>;
}

const COMPRESS_FROM = 860;

/**
 * Answers with a rendering that is built once per audience, coding and board version. An anonymous answer has an `ETag`, answers 304 and
 * says how long it holds; one that a token shaped is `private, no-store`.
 */
export async function respond(c: AppContext, answer: Answer): Promise<Response> {
  const key = `${audienceOf(answer.viewer)}\n${answer.key}`;
  const { prepare, render, viewer } = answer;
  const isOpen = viewer.kind === "anonymous";
  const isForPeople = answer.type.startsWith("text/html");
  const pending = c.get("rendered").get(key, { config: c.get("config"), isOpen, isForPeople }, {
    prepare: prepare && (() => freshen(c.get("deps"), viewer, prepare)),
    draw: render,
  });
  const rendering = pending instanceof Promise ? await withDeadline(c, pending) : pending;
  const isPrivate = !isOpen && answer.sameForAll !== true;
  const request = c.req.raw.headers;
  const vary = ["Accept-Encoding"];
  if (answer.sameForAll !== true) vary.push("Authorization");
  if (answer.vary !== undefined) vary.push(...answer.vary);
  const headers: Record<string, string> = {
    ...answer.headers,
    "content-type": answer.type,
    "vary": vary.join(", "),
    "cache-control": isPrivate
      ? "private, no-store"
      : `public, max-age=${answer.maxAgeSecs}${answer.isImmutable === true ? ", immutable" : ""}`,
  };
  if (!isPrivate && answer.movesAlone !== true) {
    headers.etag = rendering.etag;
    if (matches(request.get("if-none-match"), rendering.etag)) {
      delete headers["content-type"];
      return send(c, null, 304, headers);
    }
  }
  const coding = rendering.length < COMPRESS_FROM ? "identity" : codingOf(request.get("accept-encoding"));
  if (coding !== "identity") headers["content-encoding"] = coding;
  const body = await rendering.body(coding);
  const chosenBy = answer.vary ?? [];
  if (
    isOpen && chosenBy.every((name) => name === "Accept" || name === "User-Agent")
  ) {
    const isPlain = chosenBy.length === 0;
    c.get("ready").keep(c, { rendering, body, headers: headersOf(c, headers), isPlain });
  }
  return send(c, body, 200, headers);
}

/** Weak comparison of `If-None-Match` with one validator. */
export function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.trim() === "*" || ifNoneMatch.split(",").some((tag) => opaque(tag) === opaque(etag));
}
