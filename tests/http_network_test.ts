import assert from "node:assert/strict";
import { canMakeNetworks, run } from "./support/net_mesh.ts";
import { findProgram } from "./support/programs.ts";

const main = new URL("../main.ts", import.meta.url).pathname;
const curl = findProgram("curl");

/** One client's requests each take one from the hundred that it may send; `remaining` tells how many of them it has sent by then. */
type Case = readonly [from: string, headers: readonly string[], client: string];

const cases: readonly Case[] = [
  ["203.0.113.5", [], "203.0.113.5"],
  ["203.0.113.5", ["x-forwarded-for: 198.51.100.1"], "203.0.113.5"],
  ["203.0.113.5", ["x-real-ip: 198.51.100.1"], "203.0.113.5"],
  ["203.0.113.5", ["x-forwarded-for: 127.0.0.1", "x-real-ip: 127.0.0.1"], "203.0.113.5"],
  ["203.0.113.6", ["x-forwarded-for: 203.0.113.5"], "203.0.113.6"],
  ["203.0.113.9", ["x-forwarded-for: 198.51.100.1"], "198.51.100.1"],
  ["203.0.113.9", ["x-forwarded-for: 9.9.9.9, 198.51.100.1, 203.0.113.9"], "198.51.100.1"],
  ["10.1.2.3", ["x-forwarded-for: 198.51.100.1"], "198.51.100.1"],
  ["2001:db8:1::1", [], "2001:db8:1"],
  ["2001:db8:1::2", ["x-forwarded-for: 198.51.100.7"], "2001:db8:1"],
  ["2001:db8:2::1", [], "2001:db8:2"],
  ["2001:db8:2::1", ["x-forwarded-for: ::1"], "2001:db8:2"],
  ["::1", ["x-forwarded-for: 2001:db8:1::77"], "2001:db8:1"],
  ["2001:db8:ff::1", ["x-forwarded-for: 2001:db8:1::78"], "2001:db8:1"],
];

Deno.test({
  name: "strangers who connect directly cannot choose their address; listed and private proxies are believed",
  ignore: curl === null || !await canMakeNetworks(),
  async fn() {
    const space = `api-${Deno.pid}`;
    const inside = (...command: string[]) => run("ip", "netns", "exec", space, ...command);
    const folder = await Deno.makeTempDir({ prefix: "hora-clients-" });
    await Deno.writeTextFile(
      `${folder}/hora.toml`,
      `[page]\n[server]\nrate_limit_burst = 100\nrate_limit_refill_secs = 3600
trusted_proxies = ["203.0.113.8/31", "2001:db8:ff::/48"]\n`,
    );
    await run("ip", "netns", "add", space);
    let child: Deno.ChildProcess | null = null;
    try {
      await inside("ip", "link", "set", "lo", "up");
      for (const address of new Set(cases.map(([from]) => from).filter((from) => from !== "::1"))) {
        const added = await inside("ip", "addr", "add", address, "dev", "lo");
        assert.equal(added.code, 0, added.text);
      }
      child = new Deno.Command("ip", {
        args: ["netns", "exec", space, Deno.execPath(), "run", "-A", main],
        cwd: folder,
        env: {
          HORA_CONFIG: `${folder}/hora.toml`,
          HORA_BIND: "[::]:8787",
          HORA_DATABASE_PATH: `${folder}/hora.db`,
        },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const up = await inside(
        curl!,
        "-s",
        "--retry",
        "60",
        "--retry-delay",
        "1",
        "--retry-connrefused",
        "http://127.0.0.1:8787/healthz",
      );
      assert.equal(up.code, 0, up.text);
      const sent = new Map<string, number>();
      for (const [from, headers, client] of cases) {
        const target = from.includes(":") ? `[${from}]` : from;
        const given = headers.flatMap((header) => ["-H", header]);
        const { text } = await inside(
          curl!,
          "-s",
          "-i",
          "--interface",
          from,
          ...given,
          `http://${target}:8787/api/summary`,
        );
        const count = (sent.get(client) ?? 0) + 1;
        sent.set(client, count);
        const what = `${from} ${headers.join("; ")}: ${text.slice(0, 300)}`;
        assert.equal(/x-ratelimit-remaining: ([0-9]+)/.exec(text)?.[1], String(100 - count), what);
      }
    } finally {
      child?.kill("SIGTERM");
      await child?.status;
      await run("ip", "netns", "del", space);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
