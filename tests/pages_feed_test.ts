import assert from "node:assert/strict";
import { note } from "./support/browser.ts";
import { OPERATOR_TOKEN, pageApp, seedIncidents } from "./support/page_app.ts";
import { monitor, NOW, states, summary } from "./support/summaries.ts";

const ids = ["website", "checkout", "customer-api", "search"];

/** A small reader of well-formed XML: element names with their attributes and text, as a tree. Throws for anything malformed. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

function parseXml(text: string): Element {
  assert.match(text, /^<\?xml version="1\.0" encoding="utf-8"\?>\n/);
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const stack = [root];
  const body = text.slice(text.indexOf("?>") + 2);
  const unescape = (value: string) => {
    assert.doesNotMatch(value.replace(/&(?:amp|lt|gt|quot|#39);/g, ""), /[&<]/, "a bare & or <");
    return value.replace(
      /&(amp|lt|gt|quot|#39);/g,
      (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name]!,
    );
  };
  let end = 0;
  for (const match of body.matchAll(/<(\/?)([a-z]+)((?:\s+[a-z:]+="[^"<]*")*)\s*(\/?)>/g)) {
    const top = stack.at(-1)!;
    top.text += unescape(body.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1] === "/") {
      assert.equal(top.name, match[2], "elements close in order");
      stack.pop();
      continue;
    }
    const attributes = Object.fromEntries(
      [...match[3].matchAll(/([a-z:]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]),
    );
    const element: Element = { name: match[2], attributes, children: [], text: "" };
    top.children.push(element);
    if (match[4] !== "/") stack.push(element);
  }
  assert.equal(stack.length, 1, "every element is closed");
  assert.equal(body.slice(end).trim(), "", "nothing after the document");
  return root.children[0];
}

const all = (element: Element, name: string) => element.children.filter((child) => child.name === name);
const one = (element: Element, name: string): Element => {
  const found = all(element, name);
  assert.equal(found.length, 1, `exactly one ${name}`);
  return found[0];
};

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})$/;
const TAG = /^tag:[a-z0-9.-]+,\d{4}(?:-\d{2}(?:-\d{2})?)?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]+$/;

/** What RFC 4287 demands and what the W3C's validator complains about. */
function assertFeed(feed: Element): void {
  assert.equal(feed.name, "feed");
  assert.equal(feed.attributes.xmlns, "http://www.w3.org/2005/Atom");
  one(feed, "title");
  assert.match(one(feed, "id").text, TAG);
  assert.match(one(feed, "updated").text, RFC3339);
  assert.notEqual(one(one(feed, "author"), "name").text, "");
  const links = all(feed, "link");
  assert.equal(links.filter((link) => link.attributes.rel === "self").length, 1);
  assert.equal(links.filter((link) => (link.attributes.rel ?? "alternate") === "alternate").length, 1);
  for (const link of links) assert.ok(URL.canParse(link.attributes.href), link.attributes.href);
  const entries = all(feed, "entry");
  assert.equal(new Set(entries.map((entry) => one(entry, "id").text)).size, entries.length, "ids are unique");
  for (const entry of entries) {
    assert.notEqual(one(entry, "title").text.trim(), "");
    assert.match(one(entry, "id").text, TAG);
    assert.match(one(entry, "published").text, RFC3339);
    assert.match(one(entry, "updated").text, RFC3339);
    assert.ok(Date.parse(one(entry, "updated").text) >= Date.parse(one(entry, "published").text));
    const content = one(entry, "content");
    assert.equal(content.attributes.type, "html");
    assert.equal(content.children.length, 0, "html content is escaped text");
    assert.ok(URL.canParse(one(entry, "link").attributes.href));
  }
  const newest = Math.max(0, ...entries.map((entry) => Date.parse(one(entry, "updated").text)));
  assert.equal(Date.parse(one(feed, "updated").text), newest);
}

for (const path of ["/history.atom", "/history.atom?group=Shop", "/history.atom?monitor=checkout"]) {
  Deno.test(`${path} keeps the rules of Atom`, async () => {
    await using page = await pageApp(states.well());
    await seedIncidents(page.store, ids, NOW);
    const response = await page.get(path, { host: "status.example.com", "x-forwarded-proto": "https" });
    assert.equal(response.headers.get("content-type"), "application/atom+xml; charset=utf-8");
    const feed = parseXml(await response.text());
    assertFeed(feed);
    assert.equal(all(feed, "link")[0].attributes.href, `https://status.example.com${path}`);
    assert.equal(all(feed, "entry").length, path.includes("monitor=") ? 2 : 6);
  });
}

Deno.test("a feed without entries is valid too", async () => {
  await using page = await pageApp(states.well());
  assertFeed(parseXml(await page.html("/history.atom")));
});

Deno.test("an entry keeps its id and moves its date when the incident ends and when a note is written", async () => {
  await using page = await pageApp(states.well());
  const made = await seedIncidents(page.store, ids, NOW);
  const open = made.at(-1)!;
  const read = async () => {
    page.clock.jump(120_000);
    await page.clock.advance(120_000);
    const feed = parseXml(await page.html("/history.atom", { host: "status.example.com" }));
    return all(feed, "entry").find((entry) => one(entry, "id").text.endsWith(`incident/${open}`))!;
  };
  const before = await read();
  assert.equal(one(before, "title").text, "Checkout - Ongoing");
  await page.store.commit({ closeIncident: { id: open, endedAt: NOW + 60_000 }, durable: true });
  const ended = await read();
  assert.equal(one(ended, "title").text, "Checkout - Resolved");
  await page.store.incidents.annotate(open, "Cable replaced <soon> & well", NOW + 3_600_000);
  const noted = await read();
  assert.match(one(noted, "content").text, /<strong>Note:<\/strong> Cable replaced &lt;soon&gt; &amp; well/);
  const dates = [before, ended, noted].map((entry) => Date.parse(one(entry, "updated").text));
  assert.ok(dates[0] < dates[1] && dates[1] < dates[2], dates.join());
  assert.equal(new Set([before, ended, noted].map((entry) => one(entry, "id").text)).size, 1);
});

Deno.test("the feed follows server.public_url whatever the request says", async () => {
  await using page = await pageApp(states.well(), { publicUrl: "https://status.example.com/up" });
  const feed = parseXml(await page.html("/history.atom", { host: "evil.example" }));
  assert.ok(
    all(feed, "link").every((link) => link.attributes.href.startsWith("https://status.example.com/up/")),
  );
  assert.match(one(feed, "id").text, /^tag:status\.example\.com,/);
});

Deno.test("every feed has an id of its own, and keeps it when a monitor is renamed", async () => {
  const idsOf = async (name: string) => {
    await using page = await pageApp(summary([
      monitor({ id: "x", name, group: "Shop" }),
      monitor({ id: "y", name: "Shop", group: "Works" }),
    ]));
    const queries = ["", "?group=Shop", "?monitor=x", "?monitor=y", "?group=Works&monitor=y"];
    const feeds = await Promise.all(
      queries.map(async (query) => parseXml(await page.html(`/history.atom${query}`))),
    );
    for (const feed of feeds) assertFeed(feed);
    return feeds.map((feed) => one(feed, "id").text);
  };
  const before = await idsOf("Shop");
  assert.equal(new Set(before).size, before.length, before.join(" "));
  assert.deepEqual(await idsOf("Cart"), before);
});

Deno.test("a feed and a history of a group and a monitor have what belongs to both", async () => {
  await using page = await pageApp(summary([
    monitor({ id: "x", name: "X", group: "Shop" }),
    monitor({ id: "y", name: "Y", group: "Works" }),
  ]));
  await seedIncidents(page.store, ["x", "y"], NOW);
  const entriesOf = async (query: string) =>
    all(parseXml(await page.html(`/history.atom?${query}`)), "entry").length;
  const listed = async (query: string) =>
    [...(await page.html(`/history?${query}`)).matchAll(/href="\/incident\//g)].length;
  const [both, other] = ["group=Shop&monitor=x", "group=Works&monitor=x"];
  assert.ok(await entriesOf("monitor=x") > 0);
  assert.equal(await entriesOf(both), await entriesOf("monitor=x"));
  assert.equal(await listed(both), await listed("monitor=x"));
  assert.deepEqual([await entriesOf(other), await listed(other)], [0, 0]);
  assert.equal(await entriesOf("group=&monitor=x"), await entriesOf("monitor=x"));
  assert.equal(await listed("group=&monitor=x"), await listed("monitor=x"));
  const html = await page.html(`/history?${both}`);
  assert.ok(html.includes('href="/history.atom?group=Shop&amp;monitor=x"'));
  assert.equal((await page.get("/history.atom?group=None&monitor=x")).status, 404);
});

Deno.test("raw reasons are for the operator's feed alone", async () => {
  await using page = await pageApp(states.well());
  await seedIncidents(page.store, ids, NOW);
  assert.ok(!(await page.html("/history.atom")).includes("bad gateway"));
  const feed = await page.html(`/history.atom?token=${encodeURIComponent(OPERATOR_TOKEN)}`);
  assert.ok(feed.includes("bad gateway") && !feed.includes("operator&#39;s token"));
});

const hasNewsboat = await new Deno.Command("newsboat", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
})
  .output().then((result) => result.success, () => false);
if (!hasNewsboat) note("newsboat reads the feed: skipped, newsboat is not installed");

Deno.test({
  name: "newsboat reads the feed",
  ignore: !hasNewsboat,
  async fn() {
    await using page = await pageApp(states.well());
    await seedIncidents(page.store, ids, NOW);
    const server = page.listen();
    const home = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${home}/urls`, `${server.url}/history.atom\n`);
      await Deno.writeTextFile(`${home}/config`, "");
      const args = ["-u", `${home}/urls`, "-c", `${home}/cache.db`, "-C", `${home}/config`];
      const reload = await new Deno.Command("newsboat", {
        args: [...args, "-x", "reload"],
        env: { HOME: home },
      }).output();
      assert.ok(reload.success, new TextDecoder().decode(reload.stderr));
      const unread = await new Deno.Command("newsboat", {
        args: [...args, "-x", "print-unread"],
        env: { HOME: home },
      })
        .output();
      assert.match(new TextDecoder().decode(unread.stdout), /6 unread articles/);
    } finally {
      await server.stop();
      await Deno.remove(home, { recursive: true });
    }
  },
});
