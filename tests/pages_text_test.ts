import assert from "node:assert/strict";
import { columnsOf } from "../views/text.ts";
import { findProgram } from "./support/programs.ts";
import { pageApp, seedIncidents } from "./support/page_app.ts";
import { monitor, NOW, states, summary } from "./support/summaries.ts";

/** The pages as `curl` and `wget` get them. */
const curl = { "user-agent": "curl/8.1", accept: "*/*" };
const paths = [
  "/",
  "/status/Shop",
  "/monitor/website",
  "/history",
  "/history?monitor=checkout",
  "/incident/5",
  "/incident/6",
  "/report/2026-11",
  "/report/2026-11?group=Shop",
];

for (const path of paths) {
  Deno.test(`${path} as text is clean and ends with a line, as wide as its words need`, async () => {
    await using page = await pageApp(states.one_down());
    await seedIncidents(page.store, ["website", "checkout", "customer-api", "search"], NOW);
    const text = await page.html(path, curl);
    assert.match(text, /^[^\n]+\n=+\n\n/, "a title with a rule below it");
    assert.match(text, /\n$/);
    assert.doesNotMatch(text, /[^\n\x20-\x7e\xa0-\u{10ffff}]| $/mu);
    // A report has seven columns and is as wide as it has to be.
    const widest = Math.max(...text.split("\n").map(columnsOf));
    assert.ok(widest <= (path.startsWith("/report") ? 110 : 100), `${widest} columns`);
  });
}

const nasty = "\x1b[31mred\x1b]0;title\x07\r\nnext\tline\x9b1m\u2069\u202eback\u2067round";

Deno.test("escape sequences and ends of lines in names and reasons reach no terminal and no document", async () => {
  const view = summary([
    monitor({
      id: "n",
      name: nasty,
      status: "down",
      sinceAt: NOW - 60_000,
      lastError: nasty,
      impacted: [nasty],
    }),
    monitor({ id: "plain", name: "Plain" }),
  ], {
    title: `Harbour \x1b[2J`,
    banners: [{ id: 1, title: nasty, body: `${nasty}\nsecond`, severity: "info", at: NOW, untilAt: null }],
  });
  const config = summary([monitor({ id: "n", name: "N" }), monitor({ id: "plain", name: "Plain" })]);
  await using page = await pageApp((viewer) => viewer.kind === "operator" ? config : view);
  const [id] = await seedIncidents(page.store, ["n"], NOW);
  await page.store.incidents.annotate(id, nasty, NOW);
  for (const path of ["/", "/monitor/n", "/history", `/incident/${id}`, "/report/2026-11"]) {
    const text = await page.html(path, curl);
    assert.doesNotMatch(text, /[^\n\x20-\x7e\xa0-\u{10ffff}]|[\u202a-\u202e\u2066\u2067]/u, path);
    assert.doesNotMatch(await page.html(path), /[\x00-\x08\v\f\x0e-\x1f\x7f-\x9f]/, `${path} as HTML`);
  }
  const lines = (await page.html("/", curl)).split("\n");
  const rows = lines.filter((line) => /^ {2}[●○] /.test(line));
  assert.equal(rows.length, 2, lines.join("\n"));
  assert.equal(columnsOf(rows[0]), columnsOf(rows[1]), "columns stand under one another all the same");
});

Deno.test({
  name: "the real curl gets text, and HTML when it says so with another name",
  ignore: findProgram("curl") === null,
  async fn() {
    await using page = await pageApp(states.emoji());
    const server = page.listen();
    try {
      const run = async (...args: string[]) => {
        const { stdout } = await new Deno.Command("curl", { args: ["-s", "-i", ...args, server.url] })
          .output();
        return new TextDecoder().decode(stdout);
      };
      const text = await run();
      assert.match(text, /content-type: text\/plain; charset=utf-8/i);
      const rows = text.split("\n").filter((line) => /^ {2}[●◐○?] /.test(line));
      assert.equal(rows.length, 3);
      assert.equal(new Set(rows.map(columnsOf)).size, 1, rows.join("\n"));
      assert.match(await run("-A", "Mozilla/5.0"), /content-type: text\/html/i);
      assert.match(await run("-A", "Mozilla/5.0", "-H", "accept: text/plain"), /content-type: text\/plain/i);
    } finally {
      await server.stop();
    }
  },
});

const refreshes: [string, string | null][] = [
  ["9", "10"],
  ["10", "10"],
  ["11", "11"],
  ["3600", "3600"],
  ["3601", "3600"],
  ["999999999999", null],
  ["abc", null],
  ["", null],
  ["-5", null],
  ["10.5", null],
  ["1e3", null],
];
Deno.test("?refresh keeps within 10 and 3600 seconds, and nonsense asks for nothing", async () => {
  await using page = await pageApp(states.well());
  for (const [asked, given] of refreshes) {
    const response = await page.get(`/?refresh=${asked}`);
    await response.body?.cancel();
    assert.equal(response.headers.get("refresh"), given, `refresh=${asked}`);
  }
});

Deno.test("a report's columns stand under one another through all its tables", async () => {
  await using page = await pageApp(states.one_down());
  const lines = (await page.html("/report/2026-11", curl)).split("\n");
  const heads = lines.filter((line) => line.startsWith("  Monitor "));
  assert.equal(heads.length, 3);
  assert.equal(new Set(heads).size, 1);
  for (const line of lines.filter((one) => one.includes("no data  "))) {
    assert.equal(line.indexOf("no data"), heads[0].indexOf("Uptime"), line);
  }
});
