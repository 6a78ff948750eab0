import { parseArgs } from "node:util";
import { systemClock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import { originOf } from "../peers/address.ts";
import { createNodeClient, type NodeClient } from "../peers/client.ts";
import { type HealthDocument, parseHealth } from "../peers/health.ts";
import { cadenceOf } from "../peers/cadence.ts";
import { type Finding, inspectPeers } from "../peers/inspect.ts";
import { introduce } from "../peers/introduce.ts";
import { openToLook } from "../store/open.ts";
import { fileOf } from "../store/place.ts";
import { type Command, err, out } from "./command.ts";
import { isFile, readConfig } from "./read_config.ts";

const USAGE =
  `usage: hora peer add ID URL [--name NAME] [--own-id ID] [--own-name NAME] [--own-url URL] [--interval SECS]
       hora peer check`;

const DEFAULT_INTERVAL_SECS = 60;

/** Connects nodes: `add` prints what both files need, `check` tries every direction. */
export const peer: Command = {
  name: "peer",
  args: "add ID URL | check",
  about: "connect another node; try every direction to and from all",
  run: async (args) => {
    const [verb, ...rest] = args;
    if (verb === "add") return await add(rest);
    if (verb === "check" && rest.length === 0) return await check();
    err(USAGE);
    return 2;
  },
};

async function add(args: readonly string[]): Promise<number> {
  let given;
  try {
    given = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        "name": { type: "string" },
        "own-id": { type: "string" },
        "own-name": { type: "string" },
        "own-url": { type: "string" },
        "interval": { type: "string" },
      },
    });
  } catch (error) {
    err(messageOf(error));
    err(USAGE);
    return 2;
  }
  const { positionals, values } = given;
  if (positionals.length !== 2) {
    err(USAGE);
    return 2;
  }
  const config = (await readConfig())?.config;
  if (config === undefined) return 1;
  const [id, url] = positionals;
  const ownId = config.health?.id ?? values["own-id"] ?? "";
  const problems = addProblems(config, id, url, ownId, values["own-url"], values.interval);
  for (const problem of problems) err(problem);
  if (problems.length > 0) return 1;
  const ownInterval = config.health?.intervalSecs ?? DEFAULT_INTERVAL_SECS;
  const blocks = introduce(
    {
      id: ownId,
      name: values["own-name"] ?? ownId,
      url: trimUrl(values["own-url"] ?? config.server.publicUrl ?? ""),
      intervalSecs: ownInterval,
      hasHealth: config.health !== null,
    },
    {
      id,
      name: values.name ?? id,
      url: trimUrl(url),
      intervalSecs: Number(values.interval ?? DEFAULT_INTERVAL_SECS),
      hasHealth: null,
    },
  );
  out(`# Add to the file of this node, "${ownId}":\n\n${blocks.here}`);
  out(`# Add to the file of "${id}" (the id in its [health] section must be "${id}"):\n\n${blocks.there}`);
  out(
    "# The tokens are secrets. Both nodes read their files by themselves; then run `hora peer check` on both.",
  );
  return 0;
}

/** All that is wrong at once. */
function addProblems(
  config: Config,
  id: string,
  url: string,
  ownId: string,
  ownUrl: string | undefined,
  interval: string | undefined,
): string[] {
  const isId = (text: string) => /^[A-Za-z0-9_-]+$/.test(text);
  const own = ownUrl ?? config.server.publicUrl;
  const checks: [isWrong: boolean, problem: string][] = [
    [!isId(id), `"${id}" cannot be a node's id: use ASCII letters, digits, "-" and "_"`],
    [ownId === "", "This node has no name among nodes yet: add --own-id NAME (it becomes its [health] id)"],
    [
      ownId !== "" && !isId(ownId),
      `This node's id "${ownId}" cannot be part of an address: use ASCII letters, digits, "-" and "_"`,
    ],
    [id === ownId, `"${id}" is this node's own id`],
    [config.peers.some((peer) => peer.id === id), `There is a [[peers]] with the id "${id}" already`],
    [config.monitors.some((monitor) => monitor.id === id), `A monitor already has the id "${id}"`],
    [!isBase(url), `"${url}" is not an http or https address without query, such as https://lyon.example`],
    [
      own === null,
      "Where does the other node reach this one? Add --own-url https://this-node.example, or set server.public_url",
    ],
    [
      own !== null && !isBase(own),
      `"${own}" is not an http or https address without query, such as https://this-node.example`,
    ],
    [
      interval !== undefined && !/^[1-9][0-9]{0,6}$/.test(interval),
      `--interval is the other node's heartbeat interval in seconds, got "${interval}"`,
    ],
  ];
  return checks.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

function isBase(url: string): boolean {
  return originOf(url) !== null && !/[?#\s]/.test(url);
}

function trimUrl(url: string): string {
  return url.replace(/\/+$/, "");
}

async function check(): Promise<number> {
  const config = (await readConfig())?.config;
  if (config === undefined) return 1;
  if (config.health === null || config.peers.length === 0) {
    err("There is nothing to check: the file has no [health] section or no [[peers]]. See `hora peer add`.");
    return 1;
  }
  const client = createNodeClient();
  try {
    const signal = new AbortController().signal;
    const cadences = await cadencesOf(config);
    const findings = await inspectPeers({
      config,
      client,
      now: () => systemClock.now(),
      signal,
      ownHealth: await ownHealth(config, client, signal),
      cadenceSecs: (peer) => cadences.get(peer.id) ?? null,
    });
    return report(config, findings);
  } finally {
    client.close();
  }
}

/** How often watched peers beat, from what the database kept of them; those with too few heartbeats are left out. */
async function cadencesOf(config: Config): Promise<Map<string, number>> {
  const cadences = new Map<string, number>();
  const path = config.server.databasePath;
  try {
    if (!await isFile(fileOf(path) ?? "")) return cadences;
    const store = openToLook(path, systemClock);
    for (const peer of config.peers) {
      const cadence = cadenceOf((await store.checks.newest(peer.listenId, 20)).map(({ at }) => at));
      if (cadence !== null) cadences.set(peer.id, cadence);
    }
    await store.close();
  } catch (error) {
    err(`How often peers beat is not known, since the database cannot be read: ${messageOf(error)}`);
  }
  return cadences;
}

/** What the running instance says, asked where it listens. */
async function ownHealth(
  config: Config,
  client: NodeClient,
  signal: AbortSignal,
): Promise<HealthDocument | null> {
  const port = config.server.bind.match(/:(\d+)$/)?.[1];
  const host = config.server.bind.slice(0, -1 - (port?.length ?? 0));
  const local = host === "0.0.0.0" || host === "" ? "127.0.0.1" : host === "[::]" ? "[::1]" : host;
  const url = URL.parse(`http://${local}:${port}/healthz`);
  if (url === null) return null;
  const answer = await client({
    method: "GET",
    url: url.href,
    timeoutMs: 5_000,
    maxBodyBytes: 64 * 1024,
    signal,
  });
  const health = answer.ok ? parseHealth(answer.body) : null;
  return health?.id === config.health?.id ? health : null;
}

const marks: Readonly<Record<Finding["verdict"], string>> = { ok: "ok   ", wrong: "WRONG", note: "note " };

function report(config: Config, findings: readonly Finding[]): number {
  const width = Math.max(...findings.map((finding) => finding.subject.length));
  for (const peer of config.peers) {
    out(`${peer.id} (${peer.name})`);
    for (const { subject, verdict, text } of findings.filter((finding) => finding.peer === peer.id)) {
      out(`  ${marks[verdict]}  ${subject.padEnd(width)}  ${text}`);
    }
  }
  const wrong = findings.filter((finding) => finding.verdict === "wrong").length;
  out(wrong === 0 ? "\nEvery direction works." : `\n${wrong} of ${findings.length} findings need attention.`);
  return wrong === 0 ? 0 : 1;
}
