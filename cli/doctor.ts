import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";
import { EchoSocket } from "../probes/icmp_socket.ts";
import { tryWriting } from "../store/open.ts";
import { fileOf } from "../store/place.ts";
import { type Command, err, out } from "./command.ts";
import { parseBind } from "./listen.ts";
import { readConfig } from "./read_config.ts";

type Level = "ok" | "warn" | "FAIL";
type Finding = readonly [level: Level, detail: string];

/** `hora doctor`: can this machine do what the configuration asks for. Warnings do not fail. */
export const doctor: Command = {
  name: "doctor",
  args: "",
  about: "check this machine against the configuration",
  async run() {
    const read = await readConfig();
    if (read === null) return 1;
    const { config, path } = read;
    const { length } = config.monitors;
    out(`hora doctor - ${path} (${length} ${length === 1 ? "monitor" : "monitors"})\n`);
    const checks: [string, () => Finding | Promise<Finding>][] = [
      ["database", () => checkDatabase(config)],
      ["listen", () => checkListen(config)],
      ["ipv4", () => checkFamily(4, config)],
      ["ipv6", () => checkFamily(6, config)],
      ["icmp", () => checkIcmp(config)],
      ["dns", () => checkDns(config)],
      ["exec", () => checkExec(config)],
      ["channels", () => checkChannels(config)],
      ["files", () => checkFiles(config)],
      ["secrets", () => checkMode(path)],
    ];
    let fails = 0;
    for (const [name, check] of checks) {
      const [level, detail] = await check();
      if (level === "FAIL") fails += 1;
      out(`  ${name.padEnd(10)} ${level.padEnd(5)} ${detail}`);
    }
    if (fails === 0) return 0;
    out("");
    err("This machine lacks something that the configuration needs; see the lines marked FAIL.");
    return 1;
  },
};

async function checkDatabase(config: Config): Promise<Finding> {
  const path = config.server.databasePath;
  const file = fileOf(path);
  if (file === null) return ["warn", "in memory: everything is forgotten at the end"];
  const isThere = await Deno.stat(file).then(() => true, () => false);
  if (!isThere) {
    const folder = dirname(resolve(file));
    const found = await Deno.stat(folder).catch(() => null);
    return found?.isDirectory
      ? ["ok", `${path} does not exist yet - created on first start`]
      : ["FAIL", `the folder ${folder} does not exist`];
  }
  try {
    tryWriting(path);
    return ["ok", `${path} is writable`];
  } catch (error) {
    return ["FAIL", messageOf(error)];
  }
}

function checkListen(config: Config): Finding {
  const { bind } = config.server;
  try {
    Deno.listen(parseBind(bind)).close();
    return ["ok", `${bind} is free`];
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      return ["warn", `${bind} already in use - is Hora already running?`];
    }
    return ["FAIL", `${bind}: ${messageOf(error)}`];
  }
}

/** A UDP socket that is connected sends nothing: it only asks for a route. */
async function checkFamily(family: 4 | 6, config: Config): Promise<Finding> {
  const error = await new Promise<Error | null>((resolve) => {
    const socket = createSocket(family === 4 ? "udp4" : "udp6");
    const done = (error: Error | null) => {
      socket.close();
      resolve(error);
    };
    socket.once("error", done);
    socket.connect(53, family === 4 ? "8.8.8.8" : "2001:4860:4860::8888", () => done(null));
  });
  if (error === null) return ["ok", "route to the public internet"];
  const needed = config.monitors.filter((monitor) => needs(monitor, family)).length;
  if (needed === 0) return ["warn", "no route (no monitor needs it)"];
  const hint = family === 6 ? "; containers often need IPv6 switched on" : "";
  return ["FAIL", `no route, and ${needed} monitor${needed === 1 ? " needs" : "s need"} it${hint}`];
}

/** Both families are asked apart, or the target is a public address of this one. */
function needs(monitor: Monitor, family: 4 | 6): boolean {
  if ("dualStack" in monitor && monitor.dualStack) return true;
  const host = monitor.target.replace(/^[a-z]+:\/\/(?:[^/@]*@)?/i, "").replace(/\/.*$/s, "");
  const bare = /^\[(.*)\]/.exec(host)?.[1] ?? (isIP(host) === 6 ? host : host.replace(/:\d+$/, ""));
  return isIP(bare) === family &&
    !/^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cde])/i.test(bare);
}

function checkIcmp(config: Config): Finding {
  const count = config.monitors.filter((monitor) => monitor.kind === "icmp").length;
  try {
    new EchoSocket("127.0.0.1", 4)[Symbol.dispose]();
    return ["ok", "unprivileged datagram socket available"];
  } catch (error) {
    const detail = `no unprivileged echo socket (${messageOf(error)})`;
    if (count === 0) return ["warn", `${detail}, no icmp monitor needs it`];
    const hint = "set the sysctl net.ipv4.ping_group_range, or grant CAP_NET_RAW to the system's ping";
    return [
      "warn",
      `${detail}, so ${count} icmp monitor${count === 1 ? " uses" : "s use"} the system's ping; ${hint}`,
    ];
  }
}

async function checkDns(config: Config): Promise<Finding> {
  const startedAt = systemClock.monotonic();
  const isNeeded = config.monitors.some((monitor) =>
    monitor.kind !== "push" && monitor.kind !== "exec" && /[a-z]/i.test(monitor.target)
  );
  try {
    await Deno.resolveDns("example.com.", "A", { signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      const why = error instanceof DOMException ? "no answer within 5 s" : messageOf(error);
      return [isNeeded ? "FAIL" : "warn", `the system resolver did not look up example.com: ${why}`];
    }
  }
  return ["ok", `system resolver answered in ${Math.round(systemClock.monotonic() - startedAt)}ms`];
}

async function checkExec(config: Config): Promise<Finding> {
  if (config.execDir === null) return ["ok", "disabled (HORA_EXEC_DIR not set)"];
  const missing: string[] = [];
  const blocked: string[] = [];
  for (const monitor of config.monitors) {
    if (monitor.kind !== "exec") continue;
    const file = await Deno.stat(join(config.execDir, monitor.command[0])).catch(() => null);
    if (!file?.isFile) missing.push(monitor.command[0]);
    else if (((file.mode ?? 0o111) & 0o111) === 0) blocked.push(monitor.command[0]);
  }
  if (missing.length > 0) {
    return ["FAIL", `missing in ${config.execDir}: ${[...new Set(missing)].join(", ")}`];
  }
  if (blocked.length > 0) {
    return ["FAIL", `not executable in ${config.execDir}: ${[...new Set(blocked)].join(", ")}`];
  }
  const names = new Set(config.monitors.flatMap((one) => one.kind === "exec" ? [one.command[0]] : []));
  return ["ok", `${config.execDir} (${names.size} plugin(s) found)`];
}

function checkChannels({ channels }: Config): Finding {
  if (channels.length === 0) return ["warn", "none configured: nobody is told"];
  const disabled = channels.filter((channel) => !channel.enabled).map((channel) => channel.name);
  if (disabled.length > 0) return ["warn", `disabled, a value is empty: ${disabled.join(", ")}`];
  return ["ok", `${channels.length} configured; \`hora test-alert\` sends a test`];
}

/** Files that the configuration names can be read. */
async function checkFiles(config: Config): Promise<Finding> {
  const named = [config.page.logo, config.page.logoDark, config.page.customCss];
  for (const monitor of config.monitors) {
    if ("tls" in monitor) {
      named.push(monitor.tls.caFile, monitor.tls.clientCertFile, monitor.tls.clientKeyFile);
    }
  }
  for (const channel of config.channels) if (channel.type === "email") named.push(channel.caFile);
  const paths = [...new Set(named.filter((path) => path !== null))];
  const unreadable: string[] = [];
  for (const path of paths) {
    await Deno.open(path).then((file) => file.close(), () => unreadable.push(path));
  }
  if (unreadable.length > 0) return ["FAIL", `cannot be read: ${unreadable.join(", ")}`];
  return ["ok", paths.length === 0 ? "the configuration names none" : `${paths.length} readable`];
}

async function checkMode(path: string): Promise<Finding> {
  const { mode } = await Deno.stat(path);
  if (Deno.build.os === "windows" || mode === null || (mode & 0o004) === 0) {
    return ["ok", `${path} is not readable by everybody`];
  }
  return ["warn", `${path} can be read by everybody on this machine; chmod 640 if it holds secrets`];
}
