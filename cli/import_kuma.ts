import { parseConfig } from "../config/parse.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import { readKumaFile } from "../store/kuma_file.ts";
import { isSqlite } from "../store/read_only.ts";
import { err, out, pathFromCaller } from "./command.ts";

type Json = Record<string, unknown>;

/** `hora import kuma FILE`: turns an Uptime Kuma database or backup into `[[monitors]]` entries on standard output. */
export async function importKumaCommand(args: readonly string[]): Promise<number> {
  if (args[0] === undefined) {
    err("usage: hora import kuma <kuma.db|backup.json>");
    return 1;
  }
  const file = pathFromCaller(args[0]);
  try {
    out(convertKuma(await readKuma(file)).trimEnd());
    return 0;
  } catch (error) {
    err(`Error: cannot convert ${file}: ${messageOf(error)}`);
    return 1;
  }
}

/** What a backup holds, from its JSON or from the database itself. Throws when the file is neither. */
export async function readKuma(file: string): Promise<unknown> {
  if (await isSqlite(file)) return readKumaFile(file);
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StartupError(`it is neither a database nor a JSON backup (${oneLine(error.message)})`);
  }
}

/** The TOML for a backup's `monitorList`. Whatever has no counterpart is named in a comment. Throws when there is no such list. */
export function convertKuma(backup: unknown): string {
  const list = isTable(backup) ? backup.monitorList : undefined;
  if (!Array.isArray(list)) throw new Error("no monitorList in it");
  const monitors = list.filter(isTable);
  const groups = new Map(
    monitors.filter((one) => one.type === "group").map((one) => [one.id, textOf(one.name)]),
  );
  const ids = new Set<string>();
  const blocks = monitors.map((one, index) => {
    if (one.type === "group") return null;
    const name = textOf(one.name) || `Monitor ${index + 1}`;
    const id = freeId(name, index, ids);
    return accepted(block(one, id, name, groups.get(one.parent)), name);
  });
  const header =
    "# Imported from Uptime Kuma.\n# Review it: what could not be carried over is named in comments.\n";
  return [header, ...blocks.filter((one) => one !== null)].join("\n");
}

/** A block that Hora would refuse is commented out, with the reason. */
function accepted(lines: readonly string[], name: string): string {
  const text = lines.join("\n") + "\n";
  const result = parseConfig(`[page]\n[server]\n${text}`, { file: "import", env: {} });
  if (result.ok) return text;
  const reasons = result.problems.map((problem) =>
    `# - ${problem.path.replace(/^monitors\[0\]\.?/, "")}: ${problem.message}`
  );
  return [`# ${oneLine(name)} needs your hand:`, ...reasons, ...lines.map((line) => `# ${line}`), ""].join(
    "\n",
  );
}

const kinds: Readonly<Record<string, string>> = {
  http: "http",
  keyword: "http",
  "json-query": "http",
  port: "tcp",
  ping: "icmp",
  dns: "dns",
  push: "push",
};

function block(one: Json, id: string, name: string, group: string | undefined): string[] {
  const kind = kinds[textOf(one.type)];
  if (kind === undefined) return [`# skipped: ${oneLine(name)}, type ${oneLine(textOf(one.type))}`];
  const lines = ["[[monitors]]", `id = ${quote(id)}`, `name = ${quote(name)}`, `kind = ${quote(kind)}`];
  if (group !== undefined && group !== "") lines.push(`group = ${quote(group)}`);
  if (kind === "http") lines.push(...httpKeys(one));
  if (kind === "tcp" && textOf(one.hostname) !== "" && numberOf(one.port) !== null) {
    const host = textOf(one.hostname);
    lines.push(`target = ${quote(`${host.includes(":") ? `[${host}]` : host}:${numberOf(one.port)}`)}`);
  }
  if ((kind === "icmp" || kind === "dns") && textOf(one.hostname) !== "") {
    lines.push(`target = ${quote(textOf(one.hostname))}`);
  }
  if (kind === "dns") lines.push(...dnsKeys(one));
  if (kind === "push") {
    const token = textOf(one.pushToken);
    lines.push(token === "" ? '# push_token = "choose one"' : `push_token = ${quote(token)}`);
    lines.push(`# heartbeats go to /api/push/${id}, with the token in the X-Push-Token header`);
  }
  lines.push(`interval_secs = ${Math.max(1, Math.round(numberOf(one.interval) ?? 60))}`);
  const timeout = numberOf(one.timeout) ?? 0;
  if (timeout > 0 && kind !== "push") lines.push(`timeout_secs = ${Math.max(1, Math.round(timeout))}`);
  return [...lines, ...dropped(one)];
}

function httpKeys(one: Json): string[] {
  const lines: string[] = [];
  const url = textOf(one.url);
  if (url !== "") lines.push(`target = ${quote(url)}`);
  const method = textOf(one.method).toUpperCase();
  if (method !== "" && method !== "GET") lines.push(`method = ${quote(method)}`);
  if (textOf(one.body) !== "") lines.push(`body = ${quote(textOf(one.body))}`);
  if (one.type === "keyword") lines.push(...keywordKeys(one));
  if (one.type === "json-query" && textOf(one.jsonPath) !== "") {
    const path = textOf(one.jsonPath);
    lines.push(`json_query = ${quote(path.startsWith("$") ? path : `$.${path}`)}`);
    if (textOf(one.expectedValue) !== "") lines.push(`json_expected = ${quote(textOf(one.expectedValue))}`);
    lines.push("# Kuma's query language is another one: check json_query");
  }
  lines.push(...statusKeys(one.accepted_statuscodes));
  const headers = headersOf(one.headers);
  if (headers.length > 0) {
    lines.push(
      `headers = { ${headers.map(([key, value]) => `${quote(key, false)} = ${quote(value)}`).join(", ")} }`,
    );
  }
  if (isFalse(one.expiryNotification) && url.startsWith("https://")) lines.push("check_cert = false");
  if (isTrue(one.ignoreTls)) lines.push("insecure_skip_verify = true");
  if (numberOf(one.maxredirects) === 0) lines.push("follow_redirects = false");
  return lines;
}

/** An empty keyword says nothing of the answer, so it is left out, and that is said. */
function keywordKeys(one: Json): string[] {
  const keyword = textOf(one.keyword);
  if (keyword === "") return ["# its keyword was empty in Kuma: set keyword"];
  return [`keyword = ${quote(keyword)}`, ...(isTrue(one.invertKeyword) ? ["keyword_invert = true"] : [])];
}

function statusKeys(codes: unknown): string[] {
  if (!Array.isArray(codes) || codes.length === 0) return [];
  const list = codes.map((code) => String(code).trim());
  if (list.length === 1 && list[0] === "200-299") return [];
  if (!list.every((code) => /^\d{3}(-\d{3})?$/.test(code))) {
    return [`# accepted status codes: ${oneLine(list.join(", "))}`];
  }
  if (list.length === 1) return [`expected_status = ${/-/.test(list[0]) ? quote(list[0]) : list[0]}`];
  return [`expected_status = [${list.map((code) => quote(code)).join(", ")}]`];
}

function headersOf(value: unknown): [string, string][] {
  try {
    const headers = typeof value === "string" ? JSON.parse(value) : value;
    if (!isTable(headers)) return [];
    return Object.entries(headers)
      .filter((entry): entry is [string, string] => typeof entry[1] === "string")
      .sort(([a], [b]) => a < b ? -1 : 1);
  } catch {
    return [];
  }
}

function dnsKeys(one: Json): string[] {
  const lines: string[] = [];
  const record = textOf(one.dns_resolve_type) || textOf(one.dnsResolveType);
  if (record !== "") lines.push(`dns_record = ${quote(record)}`);
  const servers = (textOf(one.dns_resolve_server) || textOf(one.dnsResolveServer)).split(",")
    .map((server) => server.trim()).filter((server) => server !== "");
  if (servers.length > 0) {
    const host = servers[0].includes(":") ? `[${servers[0]}]` : servers[0];
    lines.push(`dns_resolver = ${quote(`${host}:${numberOf(one.port) ?? 53}`)}`);
  }
  if (servers.length > 1) lines.push(`# other resolvers: ${oneLine(servers.slice(1).join(", "))}`);
  return lines;
}

/** What would change the meaning and has no counterpart. */
function dropped(one: Json): string[] {
  const lines: string[] = [];
  const retries = numberOf(one.maxretries) ?? numberOf(one.maxRetries) ?? 0;
  if (retries > 0) lines.push(`# maxretries ${retries}: see fail_threshold and probe_retries`);
  if (isTrue(one.upsideDown)) {
    lines.push("# upside-down in Kuma: up means that it must NOT answer, not carried over");
  }
  if (isFalse(one.active)) lines.push("# paused in Kuma");
  if (textOf(one.authMethod) !== "" || textOf(one.basic_auth_user) !== "") {
    lines.push("# authentication: set headers.Authorization");
  }
  if (one.proxyId !== undefined && one.proxyId !== null) lines.push("# used a proxy in Kuma: set proxy");
  if (textOf(one.description) !== "") lines.push(`# ${oneLine(textOf(one.description))}`);
  const notifications = isTable(one.notificationIDList) ? Object.keys(one.notificationIDList) : [];
  if (notifications.length > 0) lines.push("# had its own notifications in Kuma: set notify");
  return lines;
}

function freeId(name: string, index: number, taken: Set<string>): string {
  const base = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || `monitor-${index}`;
  let id = base;
  for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
  taken.add(id);
  return id;
}

/** A TOML text; in values `$$` keeps `$` and `${` from being expanded, keys are never expanded. */
function quote(value: string, isValue = true): string {
  const kept = isValue ? value.replace(/\$(?=[${])/g, "$$$$") : value;
  // deno-lint-ignore no-control-regex
  return JSON.stringify(kept).replace(/[\x7f]/g, "\\u007f");
}

function oneLine(value: string): string {
  return value.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 200);
}

function isTable(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function numberOf(value: unknown): number | null {
  const number = typeof value === "number"
    ? value
    : typeof value === "string" && value !== ""
    ? Number(value)
    : NaN;
  return Number.isFinite(number) ? number : null;
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}

function isFalse(value: unknown): boolean {
  return value === false || value === 0;
}
