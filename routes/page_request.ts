import * as z from "zod";
import { lazily } from "../domain/lazily.ts";
import type { Viewer } from "../domain/viewer.ts";
import type { Frame } from "../views/layout.tsx";
import type { MonitorView } from "../domain/summary.ts";
import type { Shape } from "../views/svg_parts.tsx";
import type { AppContext } from "./env.ts";
import type { PageAssets } from "./page_assets.ts";
import { isCommandLine, qualities } from "./middleware/accept.ts";
import { queryOf, readQuery, tokenParam } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { makePass, passHolds } from "./pass.ts";

const pageQuery = lazily(() =>
  z.object({
    token: tokenParam(),
    pass: z.string().optional(),
    theme: z.string().optional(),
    refresh: z.string().optional(),
    group: z.string().optional(),
    monitor: z.string().optional(),
    before: z.string().optional(),
  })
);

/** One request for a page, read: who looks, what they asked for, and how links have to be written for them. */
export interface PageRequest {
  readonly c: AppContext;
  readonly viewer: Viewer;
  readonly wantsText: boolean;
  readonly theme: "light" | "dark" | null;
  /** Seconds; null: no reload asked for. */
  readonly refreshSecs: number | null;
  readonly group: string | null;
  readonly monitor: string | null;
  readonly before: string | null;
  /** Carried on by links; null: nothing to carry. */
  readonly pass: string | null;
}

/** `curl`, `wget` and whoever asks for text and not for HTML. */
export function wantsText(c: AppContext): boolean {
  const { headers } = c.req.raw;
  if (isCommandLine(headers.get("user-agent"))) return true;
  const accepted = qualities(headers.get("accept"));
  return (accepted.get("text/plain") ?? 0) > 0 && (accepted.get("text/html") ?? 0) === 0;
}

/** Reads the request; `group` is set where that group's token opens the page as well. Throws `bad_request` for a parameter given twice. */
export function readPage(
  c: AppContext,
  now: number,
  groupOf?: (asked: { readonly group: string | null; readonly monitor: string | null }) => string | null,
): PageRequest {
  const query = readQuery(c, pageQuery);
  const group = groupOf === undefined
    ? null
    : groupOf({ group: query.group ?? null, monitor: query.monitor ?? null });
  const { viewer, pass } = lookWith(c, now, query.pass ?? null, group);
  const refresh = /^[0-9]{1,6}$/.test(query.refresh ?? "") ? Number(query.refresh) : null;
  return {
    c,
    viewer,
    pass,
    wantsText: wantsText(c),
    theme: query.theme === "light" || query.theme === "dark" ? query.theme : null,
    refreshSecs: refresh === null ? null : Math.min(3_600, Math.max(10, refresh)),
    group: query.group ?? null,
    monitor: query.monitor ?? null,
    before: query.before ?? null,
  };
}

/** The viewer by token, or else by pass; and the pass that links on the page carry for those who came without a header. */
function lookWith(
  c: AppContext,
  now: number,
  pass: string | null,
  group: string | null,
): { viewer: Viewer; pass: string | null } {
  const { authToken, groupTokens } = c.get("config").server;
  const viewer = viewerOf(c, group ?? undefined);
  if (c.req.raw.headers.get("authorization")?.startsWith("Bearer ")) return { viewer, pass: null };
  if (viewer.kind === "operator" && authToken !== null) {
    return { viewer, pass: makePass(authToken, "operator", now) };
  }
  if (viewer.kind === "group") {
    return { viewer, pass: makePass(groupTokens[viewer.group], `group ${viewer.group}`, now) };
  }
  if (pass === null || queryOf(c).has("token")) return { viewer, pass: null };
  if (authToken !== null && passHolds(pass, authToken, "operator", now)) {
    c.set("viewer", { kind: "operator" });
    return { viewer: { kind: "operator" }, pass };
  }
  const token = group !== null && Object.hasOwn(groupTokens, group) ? groupTokens[group] : null;
  if (token !== null && group !== null && passHolds(pass, token, `group ${group}`, now)) {
    c.set("viewer", { kind: "group", group });
    return { viewer: { kind: "group", group }, pass };
  }
  return { viewer, pass: null };
}

/** What the layout needs, for this request. `feed` is the query of the feed that goes with the page. */
export function frameOf(page: PageRequest, assets: PageAssets, now: number, shape: Shape, feed = ""): Frame {
  const config = page.c.get("config");
  const { style, logo, logoDark } = assets.of(config);
  const carried: [string, string][] = [];
  if (page.theme !== null) carried.push(["theme", page.theme]);
  if (page.pass !== null) carried.push(["pass", page.pass]);
  const query = carried.map(([name, value]) => `${name}=${value}`).join("&");
  return {
    title: config.page.title,
    description: config.page.description,
    links: config.page.links,
    logo: logo === null ? null : { light: logo.url, dark: logoDark?.url ?? null },
    styleUrl: style.url,
    theme: page.theme,
    now,
    zone: config.page.timezone,
    isOperator: page.viewer.kind !== "anonymous",
    days: config.page.historyDays,
    domainWarnDays: config.alerts.domainExpiryDays,
    iconUrl: `/favicon.svg?state=${shape}`,
    feedUrl: withQuery(`/history.atom${feed}`, page.pass === null ? "" : `pass=${page.pass}`),
    carried,
    url: (path) => withQuery(path, query),
  };
}

function withQuery(path: string, query: string): string {
  return query === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`;
}

const HTML = "text/html; charset=utf-8";
/** Characters that a document may not hold, whatever a name or a remote answer was made of. */
const noHtml = /[\x00-\x08\v\x0e-\x1f\x7f-\x9f]/g;
const TEXT = "text/plain; charset=utf-8";

/**
 * Sends a page: HTML or text as asked, rendered once per audience until the board moves. `vary` names more headers of the request that
 * shape it; `key` has to hold what they said.
 */
export function sendPage(
  page: PageRequest,
  key: string,
  render: {
    /** As in `Answer`; every page reads the summary. */
    readonly prepare?: (view: MonitorView) => void;
    readonly html: () => Promise<string> | string;
    readonly text: () => Promise<string> | string;
  },
  vary: readonly string[] = [],
): Promise<Response> {
  const { refreshSecs, theme, pass, viewer } = page;
  // Asked for before the first byte of the page is read, and early by proxies that send hints.
  const styleUrl = page.c.get("assets").of(page.c.get("config")).style.url;
  const variant = page.wantsText ? "text" : `html ${theme ?? ""} ${pass ?? ""}`;
  return respond(page.c, {
    key: `page ${variant}\n${key}`,
    viewer,
    type: page.wantsText ? TEXT : HTML,
    maxAgeSecs: 5,
    vary: ["User-Agent", "Accept", ...vary],
    headers: {
      ...(refreshSecs === null ? {} : { refresh: String(refreshSecs) }),
      ...(page.wantsText ? {} : { link: `<${styleUrl}>; rel=preload; as=style` }),
    },
    prepare: render.prepare ?? (() => {}),
    render: async () => {
      if (page.wantsText) {
        const text = await render.text();
        return { text, validator: text.replace(/^Updated: .*$/m, "") };
      }
      const text = `<!DOCTYPE html>${(await render.html()).replace(noHtml, "")}`;
      return { text, validator: text.replace(/<footer>.*<\/footer>/s, "") };
    },
  });
}
