import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { createApp } from "../routes/app.ts";
import { openBrowser } from "./support/browser.ts";
import { Nginx, nginxProgram } from "./support/nginx.ts";
import { eventually } from "./support/process.ts";
import { findProgram, runProgram } from "./support/programs.ts";
import { httpMonitor, openWeb, TOKEN, type Web, type Wish } from "./support/web.ts";

const wish: Wish = {
  monitors: [httpMonitor("gw", { name: "Gateway" }), httpMonitor("vault", { name: "Vault", public: false })],
};

/** The surface on a socket of its own; real time, so that deadlines run. */
function serve(web: Web) {
  const app = createApp({ ...web.deps, clock: { ...systemClock, now: () => web.clock.now() } });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
  return { server, port: server.addr.port, url: `http://127.0.0.1:${server.addr.port}` };
}

const curl = findProgram("curl");
const wget = findProgram("wget");
const browser = findProgram("chromium");

Deno.test({
  name: "curl and wget get text, headers and errors as scripts expect them",
  ignore: curl === null || wget === null,
  async fn() {
    await using web = await openWeb(wish);
    await web.check({ monitorId: "gw" });
    const { server, url } = serve(web);
    try {
      assert.match(
        await runProgram(curl!, ["-fsS", `${url}/`]),
        /^Harbour Status\n==============\n\nOverall: up/,
      );
      assert.match(await runProgram(wget!, ["-qO-", `${url}/`]), /^Harbour Status\n/);
      const token = ["-H", `Authorization: Bearer ${TOKEN}`];
      const silenced = await runProgram(curl!, [
        "-fsS",
        "-X",
        "POST",
        ...token,
        `${url}/api/silence?monitors=gw&duration=10m`,
      ]);
      assert.deepEqual(JSON.parse(silenced).monitors, ["gw"]);
      await assert.rejects(
        runProgram(curl!, ["-fsS", "-X", "POST", `${url}/api/silence?monitors=gw&duration=10m`]),
        /401/,
      );
      const head = await runProgram(curl!, ["-sI", "--compressed", `${url}/api/summary`]);
      assert.match(head, /^HTTP\/1\.1 200 /);
      assert.match(head, /\ncontent-length: [1-9]/);
      const length = await runProgram(curl!, [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} %{size_download}",
        "--http2-prior-knowledge",
        `${url}/healthz`,
      ]);
      assert.match(length, /^200 [1-9]/, "HTTP/2 without TLS");
    } finally {
      await server.shutdown();
    }
  },
});

Deno.test({
  name: "behind nginx the client is the one nginx saw, HTTP/2 works, and its cache keeps audiences apart",
  ignore: nginxProgram === null || curl === null,
  async fn() {
    await using web = await openWeb({ ...wish, server: { rateLimitBurst: 5, rateLimitRefillSecs: 3_600 } });
    const { server, port } = serve(web);
    const folder = await Deno.makeTempDir({ prefix: "hora-cache-" });
    await Deno.chmod(folder, 0o777);
    try {
      await using nginx = await Nginx.start(
        `proxy_cache_path ${folder}/c keys_zone=z:1m; proxy_cache_revalidate on;
server { listen 127.0.0.1:PORT0; proxy_cache z; add_header x-cache $upstream_cache_status;
  location / { proxy_pass http://127.0.0.1:${port}; proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }
server { listen 127.0.0.1:PORT2 http2; location / { proxy_pass http://127.0.0.1:${port}; } }
server { listen 127.0.0.1:PORT1;
  location / { proxy_pass http://127.0.0.1:${port}; proxy_set_header X-Forwarded-For "6.6.6.6, $arg_as"; } }`,
        3,
      );
      const [cached, forwarding, over2] = nginx.ports.map((one) => `http://127.0.0.1:${one}`);
      const spoken = await runProgram(curl!, [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_version} %{http_code}",
        "--http2-prior-knowledge",
        `${over2}/healthz`,
      ]);
      assert.equal(spoken, "2 200");

      const left = async (as: string) => {
        const answer = await fetch(`${forwarding}/api/summary?as=${as}`);
        await answer.body?.cancel();
        return answer.headers.get("x-ratelimit-remaining");
      };
      assert.deepEqual([await left("198.51.100.1"), await left("198.51.100.1"), await left("198.51.100.2")], [
        "4",
        "3",
        "4",
      ]);

      const badge = async () => {
        const answer = await fetch(`${cached}/api/badge/gw/status`);
        await answer.body?.cancel();
        return answer.headers.get("x-cache");
      };
      assert.deepEqual([await badge(), await badge()], ["MISS", "HIT"]);
      const history = async (encoding: string) => {
        const shown = [
          "-s",
          "-A",
          "Mozilla/5.0",
          "-D",
          "-",
          "-o",
          "/dev/null",
          "-H",
          `Accept-Encoding: ${encoding}`,
        ];
        const head = await runProgram(curl!, [...shown, `${cached}/history`]);
        return [/x-cache: (\w+)/.exec(head)?.[1], /content-encoding: (\w+)/.exec(head)?.[1]];
      };
      assert.deepEqual([
        await history("gzip"),
        await history("gzip"),
        await history("br"),
        await history("identity"),
      ], [
        ["MISS", "gzip"],
        ["HIT", "gzip"],
        ["MISS", "br"],
        ["MISS", undefined],
      ]);
      // Once its five seconds are over, nginx asks whether it still holds, and a 304 says so.
      const renewed = await eventually(() => history("gzip"), ([state]) => state !== "HIT");
      assert.deepEqual(renewed, ["REVALIDATED", "gzip"]);
      const page = async (headers: Record<string, string>) => {
        const answer = await fetch(`${cached}/metrics`, { headers });
        return (await answer.text()).includes("Vault");
      };
      const own = { authorization: `Bearer ${TOKEN}` };
      assert.deepEqual([await page(own), await page({}), await page(own), await page({})], [
        true,
        false,
        true,
        false,
      ]);
    } finally {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "a dashboard on another origin can use the token, heartbeats and the rate limit's headers in a real browser",
  ignore: browser === null,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using web = await openWeb(wish);
    const { server, url } = serve(web);
    const dashboard = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () =>
        new Response("<!doctype html><title>Dashboard</title>", { headers: { "content-type": "text/html" } }),
    );
    const running = await openBrowser(browser!);
    try {
      const tab = await running.newPage();
      await tab.goto(`http://localhost:${dashboard.addr.port}/`);
      const seen = await tab.evaluate(async ([base, token]) => {
        const headers = { authorization: `Bearer ${token}` };
        const read = await fetch(`${base}/api/summary`, { headers });
        const cleared = await fetch(`${base}/api/announce`, { method: "DELETE", headers });
        return {
          names: (await read.json()).monitors.map((one: { name: string }) => one.name),
          remaining: read.headers.get("x-ratelimit-remaining"),
          id: read.headers.get("x-request-id"),
          cleared: await cleared.json(),
        };
      }, [url, TOKEN]);
      assert.deepEqual(seen.names, ["Gateway", "Vault"]);
      assert.ok(Number(seen.remaining) > 0);
      assert.match(seen.id ?? "", /^[0-9a-f]{32}$/);
      assert.deepEqual(seen.cleared, { cleared: 0 });
    } finally {
      await running.close();
      await dashboard.shutdown();
      await server.shutdown();
    }
  },
});
