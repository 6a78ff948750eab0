import assert from "node:assert/strict";
import { parse as parseCss } from "css-tree";
import { HtmlValidate } from "html-validate";
import { styleSheet } from "../views/style.ts";
import { OPERATOR_TOKEN, pageApp, seedChecks, seedIncidents } from "./support/page_app.ts";
import { NOW, states } from "./support/summaries.ts";

const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // hono writes void elements and boolean attributes in its own, equally valid way
    "void-style": "off",
    "attribute-boolean-style": "off",
    "no-trailing-whitespace": "off",
    // short texts are asked for by search engines, not by the standard
    "long-title": "off",
    // everything comes from the same origin, by a path that names its content
    "require-sri": "off",
    // a table's region is named and focusable so that a keyboard can scroll it
    "prefer-native-element": "off",
  },
});

async function assertValid(html: string, what: string): Promise<void> {
  const report = await validator.validateString(html);
  const messages = report.results.flatMap((result) => result.messages)
    .filter((message) => message.severity === 2)
    .map((message) => `${what}: ${message.ruleId}: ${message.message} (${message.selector})`);
  assert.deepEqual(messages.slice(0, 5), []);
}

for (const [name, make] of Object.entries(states)) {
  Deno.test(`the status page is valid HTML and without inline style or script: ${name}`, async () => {
    await using page = await pageApp(make());
    const html = await page.html("/");
    await assertValid(html, name);
    assert.doesNotMatch(html, /<script|<style|\sstyle=|\son[a-z]+=|javascript:/);
  });
}

const paths = [
  "/status/Shop",
  "/monitor/website",
  "/monitor/backup",
  "/history",
  "/history?group=Shop",
  "/history?monitor=checkout",
  "/incident/5",
  "/incident/6",
  "/report/2026-11",
  "/report/2026-10?group=Shop",
  "/nowhere",
];

for (const path of paths) {
  Deno.test(`${path} is valid HTML, for visitors and for operators`, async () => {
    await using page = await pageApp(states.one_down());
    await seedChecks(page.store, "website", NOW, 3);
    await seedIncidents(page.store, ["website", "checkout", "customer-api", "search"], NOW);
    for (const query of ["", `token=${encodeURIComponent(OPERATOR_TOKEN)}`]) {
      const html = await page.html(path + (query === "" ? "" : `${path.includes("?") ? "&" : "?"}${query}`));
      await assertValid(html, `${path} ${query === "" ? "visitor" : "operator"}`);
      assert.doesNotMatch(html, /<script|<style|\sstyle=|\son[a-z]+=|javascript:/);
      assert.ok(!html.includes(OPERATOR_TOKEN) && !html.includes(encodeURIComponent(OPERATOR_TOKEN)));
    }
  });
}

Deno.test("the style sheet parses without a complaint, names no other host and every variable it uses", () => {
  const css = styleSheet({ accent: "#7a3ff2", custom: null });
  const complaints: string[] = [];
  parseCss(css, { onParseError: (error: Error) => complaints.push(error.message) });
  assert.deepEqual(complaints, []);
  assert.doesNotMatch(css, /url\(|@import|https?:/);
  const used = new Set([...css.matchAll(/var\((--[a-z-]+)/g)].map((match) => match[1]));
  for (const name of used) assert.ok(css.includes(`${name}:`), `${name} is not defined`);
});

Deno.test("seven hundred monitors fit into 150 KB, and into 25 KB compressed", async () => {
  await using page = await pageApp(states.seven_hundred());
  const html = await page.html("/");
  assert.ok(html.length < 150_000, `${html.length} characters`);
  const squeezed = await page.get("/", { "accept-encoding": "gzip" });
  assert.equal(squeezed.headers.get("content-encoding"), "gzip");
  const bytes = (await squeezed.arrayBuffer()).byteLength;
  assert.ok(bytes < 25_000, `${bytes} bytes`);
});

/** What a server may send before the first answer comes back: ten segments. */
const FIRST_FLIGHT = 14_600;

Deno.test("a page and its style sheet come in the first flight of a connection, and so do seven hundred monitors", async () => {
  const size = async (page: Awaited<ReturnType<typeof pageApp>>, path: string) =>
    (await (await page.get(path, { "accept-encoding": "br" })).arrayBuffer()).byteLength;
  await using page = await pageApp(states.one_down());
  const style = (await page.html("/")).match(/href="(\/assets\/style-[^"]+)"/)![1];
  const both = await size(page, "/") + await size(page, style);
  assert.ok(both < FIRST_FLIGHT, `${both} bytes`);
  await using large = await pageApp(states.seven_hundred());
  const many = await size(large, "/");
  assert.ok(many < FIRST_FLIGHT, `${many} bytes`);
});

Deno.test("every link of a page leads somewhere", async () => {
  await using page = await pageApp(states.one_down());
  await seedIncidents(page.store, ["website", "checkout", "customer-api", "search"], NOW);
  const seen = new Set<string>();
  const waiting = ["/"];
  while (waiting.length > 0) {
    const path = waiting.pop()!;
    if (seen.has(path)) continue;
    seen.add(path);
    const response = await page.get(path);
    assert.ok(response.status === 200, `${path} answers ${response.status}`);
    const body = await response.text();
    if (!response.headers.get("content-type")?.startsWith("text/html")) continue;
    for (const [, url] of body.matchAll(/(?:href|src)="(\/[^"]*)"/g)) {
      waiting.push(url.replaceAll("&amp;", "&"));
    }
    if (seen.size > 150) break;
  }
  assert.ok(seen.size > 25, `${seen.size} pages`);
});
