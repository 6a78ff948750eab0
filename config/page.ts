import type { PageConfig, ServerConfig } from "../domain/config.ts";
import { Secret } from "../domain/secret.ts";
import type { Env } from "./reading.ts";
import { checkToken, isBlank, isCidr, isTimeZone, isUrl, parseHostPort, USUAL_TITLE } from "./values.ts";
import type { Complete, Section } from "./section.ts";
import type { pageShape, serverShape } from "./shapes.ts";

type PageSection = Section<typeof pageShape>;
type ServerSection = Section<typeof serverShape>;

export function checkPage(page: PageSection): void {
  const { accent, timezone, links } = page.values;
  if (accent !== undefined && !/^#[0-9a-f]{6}$/i.test(accent)) {
    page.error("accent", `must be a colour such as #0a7d4b, got ${page.shown("accent")}`);
  }
  if (timezone !== undefined && !isTimeZone(timezone)) {
    page.error(
      "timezone",
      `must be an IANA time zone such as Europe/Paris, got ${page.shown("timezone")}`,
    );
  }
  links?.forEach((link, index) => {
    if (isBlank(link.title)) page.report.warn([...page.path, "links", index, "title"], "shows nothing");
    if (!isUrl(link.url, ["http:", "https:", "mailto:"]) && !/^\/(?!\/)/.test(link.url)) {
      page.report.error(
        [...page.path, "links", index, "url"],
        "must be an http, https or mailto URL, or a path on this site",
      );
    }
  });
}

export function buildPage(values: Complete<typeof pageShape>): PageConfig {
  return {
    title: isBlank(values.title) ? USUAL_TITLE : values.title,
    historyDays: values.history_days,
    showPeers: values.show_peers,
    description: values.description ?? null,
    logo: values.logo ?? null,
    logoDark: values.logo_dark ?? null,
    links: values.links,
    accent: values.accent ?? null,
    customCss: values.custom_css ?? null,
    timezone: values.timezone ?? null,
  };
}

/** `groups` are the groups of the monitors. */
export function checkServer(server: ServerSection, groups: ReadonlySet<string | undefined>, env: Env): void {
  const { bind, database_path, auth_token, group_tokens, trusted_proxies, client_ip_header, public_url } =
    server.values;
  if (bind !== undefined && parseHostPort(bind.replace(/^:/, "0.0.0.0:")) === null) {
    const from = env.HORA_BIND === undefined ? "" : " from HORA_BIND";
    server.error(
      "bind",
      `must be an address and a port such as 127.0.0.1:8787, got ${server.shown("bind")}${from}`,
    );
  }
  const from = env.HORA_DATABASE_PATH === undefined ? "" : " from HORA_DATABASE_PATH";
  if (database_path === "") {
    server.error("database_path", `must name a file, got ${server.shown("database_path")}${from}`);
  }
  if (hasIgnoredParameters(database_path ?? "")) {
    const counts = "of the parameters of a URI only mode counts, which may be ro, rw, rwc or memory";
    server.warn(
      "database_path",
      `${counts}: all else is ignored, got ${server.shown("database_path")}${from}`,
    );
  }
  if (auth_token instanceof Secret) checkToken(server, ["auth_token"], auth_token);
  for (const [group, token] of Object.entries(group_tokens ?? {})) {
    checkToken(server, ["group_tokens", group], token);
    if (!groups.has(group)) {
      server.report.error([...server.path, "group_tokens", group], "no monitor has this group", "key");
    }
  }
  trusted_proxies?.forEach((network, index) => {
    if (!isCidr(network)) {
      server.report.error(
        [...server.path, "trusted_proxies", index],
        `must be an address or a network such as 10.0.0.0/8, got ${JSON.stringify(network)}`,
      );
    }
  });
  if (client_ip_header !== undefined && !isHeaderName(client_ip_header)) {
    server.warn("client_ip_header", "is not a header's name and is ignored");
  }
  server.values.allowed_origins?.forEach((origin, index) => {
    if (!isOrigin(origin)) {
      server.report.warn(
        [...server.path, "allowed_origins", index],
        "cannot stand in a header and is ignored",
      );
    }
  });
  if (public_url !== undefined && !isUrl(public_url, ["http:", "https:"])) {
    server.error(
      "public_url",
      `must be a URL such as https://status.example.com, got ${server.shown("public_url")}`,
    );
  }
  for (const key of ["rate_limit_refill_secs", "rate_limit_burst"] as const) {
    if (server.values[key] === 0) server.warn(key, "0 counts as 1");
  }
}

/** Does a `file:` URI say what SQLite would read and Hora does not? */
function hasIgnoredParameters(databasePath: string): boolean {
  const [, query] = /^file:[^?#]*\?([^#]*)/.exec(databasePath) ?? [];
  return [...new URLSearchParams(query)]
    .some(([key, value]) => key !== "mode" || !/^(?:ro|rw|rwc|memory)$/.test(value));
}

/** Whatever is no origin stays unequal to all of them, but it must be able to stand in a header. */
function isOrigin(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Null: any, said by no entry at all or by a star; a list of which nothing is left allows nothing. */
function originsOf(entries: readonly string[]): readonly string[] | null {
  return entries.length === 0 || entries.includes("*") ? null : entries.filter(isOrigin);
}

export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

export function buildServer(values: Complete<typeof serverShape>): ServerConfig {
  const header = values.client_ip_header;
  return {
    bind: values.bind,
    databasePath: values.database_path,
    allowedOrigins: originsOf(values.allowed_origins),
    clientIpHeader: header !== undefined && isHeaderName(header) ? header.toLowerCase() : null,
    trustedProxies: values.trusted_proxies,
    rateLimitRefillSecs: Math.max(1, values.rate_limit_refill_secs),
    rateLimitBurst: Math.max(1, values.rate_limit_burst),
    authToken: values.auth_token ?? null,
    groupTokens: values.group_tokens,
    publicUrl: values.public_url?.replace(/\/+$/, "") ?? null,
  };
}
