import { messageOf } from "../domain/errors.ts";
import { clean } from "./verdict.ts";

/** Where registries answer, by zone without dots: `com` → base URLs ending in a slash. */
export type RdapServers = Readonly<Record<string, readonly string[]>>;

export const IANA_BOOTSTRAP_URL = "https://data.iana.org/rdap/dns.json";
const TIMEOUT_MS = 15_000;
const ANSWER_LIMIT = 2 * 1024 * 1024;
const MAX_REDIRECTS = 5;

/** For a first start without the bootstrap file: the zones most used. */
export const commonRdapServers: RdapServers = {
  app: ["https://pubapi.registry.google/rdap/"],
  br: ["https://rdap.registro.br/"],
  ca: ["https://rdap.ca.fury.ca/rdap/"],
  com: ["https://rdap.verisign.com/com/v1/"],
  cz: ["https://rdap.nic.cz/"],
  dev: ["https://pubapi.registry.google/rdap/"],
  fi: ["https://rdap.fi/rdap/rdap/"],
  fr: ["https://rdap.nic.fr/"],
  info: ["https://rdap.identitydigital.services/rdap/"],
  net: ["https://rdap.verisign.com/net/v1/"],
  nl: ["https://rdap.sidn.nl/"],
  no: ["https://rdap.norid.no/"],
  org: ["https://rdap.publicinterestregistry.org/rdap/"],
  page: ["https://pubapi.registry.google/rdap/"],
  pl: ["https://rdap.dns.pl/"],
  uk: ["https://rdap.nominet.uk/uk/"],
  xyz: ["https://rdap.centralnic.com/xyz/"],
};

async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT) throw new Error("the answer is too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** Fetches JSON, redirects followed by hand, never from https to http. Rejects with an `Error` in plain words. */
async function getJson(start: string, userAgent: string, signal: AbortSignal): Promise<unknown> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let url = new URL(start);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(url, {
      redirect: "manual",
      signal: deadline,
      headers: { accept: "application/rdap+json, application/json", "user-agent": userAgent },
    });
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      const to = new URL(location, url);
      if (to.protocol !== "https:" && to.protocol !== url.protocol) {
        throw new Error(`redirected to ${to.protocol}`);
      }
      url = to;
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(
        response.status === 404
          ? "the registry does not know this domain"
          : `HTTP ${response.status} from ${url.host}`,
      );
    }
    const text = await limitedText(response);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`the answer of ${url.host} is not valid JSON`);
    }
  }
  throw new Error("too many redirects");
}

/** Reads a bootstrap file (RFC 9224) into zones and servers; what has another shape is left out. */
function readBootstrap(document: unknown): RdapServers {
  const servers: Record<string, string[]> = {};
  const services = (document as { services?: unknown })?.services;
  for (const service of Array.isArray(services) ? services : []) {
    const [zones, urls] = Array.isArray(service) ? service : [];
    if (!Array.isArray(zones) || !Array.isArray(urls)) continue;
    const usable = urls.filter((url): url is string => typeof url === "string" && /^https?:\/\//.test(url))
      .map((url) => (url.endsWith("/") ? url : `${url}/`))
      .sort((a, b) => Number(b.startsWith("https:")) - Number(a.startsWith("https:")));
    if (usable.length === 0) continue;
    for (const zone of zones) if (typeof zone === "string") servers[zone.toLowerCase()] = usable;
  }
  return servers;
}

/** Fetches the list of registries' servers. Rejects when it cannot be had, or holds nothing. */
export async function fetchBootstrap(
  url: string,
  userAgent: string,
  signal: AbortSignal,
): Promise<RdapServers> {
  const servers = readBootstrap(await getJson(url, userAgent, signal));
  if (Object.keys(servers).length === 0) throw new Error("the list of registries is empty");
  return servers;
}

/** The name as registries know it, other scripts in ASCII; null when it cannot be written so. */
function asciiName(domain: string): string | null {
  return /[^\u0000-\u007f]/.test(domain) ? URL.parse(`http://${domain}/`)?.hostname ?? null : domain;
}

function serversFor(domain: string, servers: RdapServers): readonly string[] {
  const labels = domain.split(".");
  for (let from = 1; from < labels.length; from++) {
    const found = servers[labels.slice(from).join(".")];
    if (found !== undefined) return found;
  }
  return [];
}

export type DomainLookup =
  | { readonly ok: true; readonly expiresAt: number }
  | { readonly ok: false; readonly error: string };

/** The expiry in an RDAP answer, Unix ms; null when it names none that can be read. */
function expiryIn(document: unknown): number | null {
  const events = (document as { events?: unknown })?.events;
  for (const event of Array.isArray(events) ? events : []) {
    if (event?.eventAction !== "expiration") continue;
    const at = Date.parse(String(event.eventDate));
    if (Number.isFinite(at)) return at;
  }
  return null;
}

/** Asks the registry's servers, one after another, when a domain ends. Never rejects. */
export async function lookUpDomain(
  domain: string,
  servers: RdapServers,
  userAgent: string,
  signal: AbortSignal,
): Promise<DomainLookup> {
  const name = asciiName(domain);
  if (name === null) {
    return { ok: false, error: `RDAP lookup failed: ${domain} is no name that DNS can hold` };
  }
  const bases = serversFor(name, servers);
  let error = `RDAP lookup failed: no server is known for the zone of ${domain}`;
  for (const base of bases) {
    try {
      const url = `${base}domain/${encodeURIComponent(name)}`;
      const expiresAt = expiryIn(await getJson(url, userAgent, signal));
      if (expiresAt !== null) return { ok: true, expiresAt };
      error = "RDAP lookup failed: the registry's answer names no expiry";
    } catch (thrown) {
      error = `RDAP lookup failed: ${clean(messageOf(thrown), 200)}`;
    }
  }
  return { ok: false, error };
}
