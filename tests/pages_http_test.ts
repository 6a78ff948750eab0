import assert from "node:assert/strict";
import {
  linksOf,
  OPERATOR_TOKEN,
  pageApp,
  seedChecks,
  seedIncidents,
  seenBy,
  SHOP_TOKEN,
} from "./support/page_app.ts";
import { monitor, NOW, states, summary } from "./support/summaries.ts";

const token = `token=${encodeURIComponent(OPERATOR_TOKEN)}`;
const shopToken = `token=${encodeURIComponent(SHOP_TOKEN)}`;
const HOUR = 3_600_000;

Deno.test("who gets text and who gets HTML", async () => {
  await using page = await pageApp(states.well());
  const cases: [Record<string, string>, string][] = [
    [{ "user-agent": "curl/8.1", accept: "text/html" }, "text/plain"],
    [{ "user-agent": "Wget/1.21", accept: "*/*" }, "text/plain"],
    [{ "user-agent": "Mozilla/5.0", accept: "text/plain" }, "text/plain"],
    [{ "user-agent": "Mozilla/5.0", accept: "text/html, text/plain" }, "text/html"],
    [{ "user-agent": "Mozilla/5.0", accept: "text/plain, text/html;q=0" }, "text/plain"],
    [{ "user-agent": "Mozilla/5.0", accept: "text/plain;q=0, */*" }, "text/html"],
    [{ "user-agent": "not curl/8", accept: "*/*" }, "text/html"],
  ];
  for (const path of ["/", "/status/Shop", "/history", "/monitor/website", "/report/2026-11"]) {
    for (const [headers, type] of cases) {
      const response = await page.get(path, headers);
      assert.equal(response.status, 200, path);
      assert.equal(
        response.headers.get("content-type"),
        `${type}; charset=utf-8`,
        `${path} ${JSON.stringify(headers)}`,
      );
      assert.match(response.headers.get("vary") ?? "", /User-Agent, Accept/);
      await response.body?.cancel();
    }
  }
});

Deno.test("an anonymous page has a validator and answers 304; a page shaped by a token is kept by nobody", async () => {
  await using page = await pageApp(states.well());
  const first = await page.get("/");
  await first.body?.cancel();
  const etag = first.headers.get("etag")!;
  assert.match(first.headers.get("cache-control") ?? "", /^public/);
  assert.equal((await page.get("/", { "if-none-match": etag })).status, 304);
  const secret = await page.get(`/?${token}`);
  await secret.body?.cancel();
  assert.equal(secret.headers.get("cache-control"), "private, no-store");
  assert.equal(secret.headers.get("etag"), null);
});

Deno.test("links on an operator's page keep working, for reading alone, for some hours, and never hold the token", async () => {
  await using page = await pageApp(seenBy);
  const html = await page.html(`/?${token}`);
  assert.ok(html.includes("Engine room") && html.includes("Operator view"));
  assert.ok(!html.includes(OPERATOR_TOKEN) && !html.includes(encodeURIComponent(OPERATOR_TOKEN)));
  const link = linksOf(html).find((url) => url.startsWith("/monitor/vault"))!;
  assert.match(link, /\?pass=[0-9]+\.[A-Za-z0-9_-]{22}$/);
  const followed = await page.html(link);
  assert.ok(followed.includes("Operator view"));
  const onward = linksOf(followed).find((url) => url.startsWith("/history"))!;
  assert.equal(onward.match(/pass=[^&]*/)?.[0], link.match(/pass=[^&]*/)?.[0]);

  const pass = link.slice(link.indexOf("?") + 1);
  assert.ok(
    !(await page.html(`/?${pass.slice(0, -1)}x`)).includes("Engine room"),
    "a changed pass opens nothing",
  );
  const api = await page.get(`/api/monitors/vault/latency?${pass}`, { accept: "*/*" });
  assert.equal(api.status, 404);
  await api.body?.cancel();
  const write = await page.app.request(`/api/silence?monitors=all&duration=1h&${pass}`, { method: "POST" });
  assert.equal(write.status, 401);
  await write.body?.cancel();

  page.clock.jump(8 * HOUR);
  assert.equal((await page.get(link)).status, 200);
  page.clock.jump(2 * HOUR);
  const late = await page.get(link);
  assert.equal(late.status, 404);
  await late.body?.cancel();
});

Deno.test("a caller with the header gets plain links, and a wrong header hides a good pass", async () => {
  await using page = await pageApp(seenBy);
  const html = await page.html("/", { authorization: `Bearer ${OPERATOR_TOKEN}` });
  assert.ok(html.includes("Engine room") && !html.includes("pass="));
  const pass = (await page.html(`/?${token}`)).match(/pass=[^"&]*/)![0];
  assert.ok(!(await page.html(`/?${pass}`, { authorization: "Bearer wrong" })).includes("Engine room"));
});

Deno.test("a group's token opens that group's pages alone", async () => {
  await using page = await pageApp(seenBy);
  const html = await page.html(`/status/Shop?${shopToken}`);
  assert.ok(html.includes("Vault") && !html.includes("Engine room"));
  const link = linksOf(html).find((url) => url.startsWith("/monitor/vault"))!;
  assert.equal((await page.get(link)).status, 200);
  for (
    const path of [
      `/status/Works?${shopToken}`,
      `/monitor/engine-room?${shopToken}`,
      `/history?group=Works&${shopToken}`,
    ]
  ) {
    const response = await page.get(path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
  assert.ok(!(await page.html(`/?${shopToken}`)).includes("Vault"));
});

Deno.test("what is private looks missing, byte for byte", async () => {
  await using page = await pageApp(seenBy);
  await seedIncidents(page.store, ["engine-room"], NOW);
  const pairs = [
    ["/monitor/engine-room", "/monitor/never-there"],
    ["/status/Works", "/status/Never"],
    ["/history?group=Works", "/history?group=Never"],
    ["/history?monitor=engine-room", "/history?monitor=never"],
    ["/history.atom?monitor=engine-room", "/history.atom?monitor=never"],
    ["/incident/1", "/incident/999"],
    ["/report/2026-11?group=Works", "/report/2026-11?group=Never"],
    ["/api/monitors/engine-room/heatmap.svg", "/api/monitors/never/heatmap.svg"],
  ];
  for (const [hidden, missing] of pairs) {
    for (const accept of ["text/html", "text/plain", "application/json"]) {
      const [a, b] = await Promise.all([page.get(hidden, { accept }), page.get(missing, { accept })]);
      assert.equal(a.status, 404, hidden);
      assert.equal(b.status, 404, missing);
      assert.equal(await a.text(), await b.text(), `${hidden} as ${accept}`);
    }
  }
  for (const path of ["/", "/history", "/history.atom", "/report/2026-11"]) {
    assert.doesNotMatch(await page.html(path), /engine|Works|Vault/i, path);
  }
});

Deno.test("?refresh sets the header within bounds, and nothing reloads by itself", async () => {
  await using page = await pageApp(states.well());
  const cases: [string, string | null][] = [["", null], ["30", "30"], ["1", "10"], ["99999", "3600"], [
    "x",
    null,
  ]];
  for (const [asked, given] of cases) {
    const response = await page.get(asked === "" ? "/" : `/?refresh=${asked}`);
    assert.equal(response.headers.get("refresh"), given);
    await response.body?.cancel();
  }
});

Deno.test("?theme forces a theme and stays on while one clicks", async () => {
  await using page = await pageApp(states.well());
  const html = await page.html("/?theme=dark");
  assert.match(html, /<html lang="en" {1,2}data-theme="dark">/);
  assert.ok(linksOf(html).every((url) => url.includes("theme=dark")));
  assert.doesNotMatch(await page.html("/?theme=pink"), /data-theme|theme=pink/);
});

Deno.test("errors: a page for browsers, nothing or text for programs, problem JSON for those who ask", async () => {
  await using page = await pageApp(states.well());
  const browser = await page.get("/nowhere");
  assert.equal(browser.status, 404);
  assert.match(await browser.text(), /<h1>There is nothing here\.<\/h1>/);
  assert.equal(await page.html("/nowhere", { "user-agent": "curl/8", accept: "*/*" }), "");
  assert.equal(await page.html("/status/None", { "user-agent": "curl/8", accept: "*/*" }), "unknown group");
  const json = await page.get("/monitor/none", { accept: "application/json" });
  assert.equal(json.headers.get("content-type"), "application/problem+json");
  await json.body?.cancel();
  const month = await page.get("/report/2031-+5", { accept: "*/*" });
  assert.equal(month.status, 400);
  assert.equal(await month.text(), "month must be YYYY-MM and not in the future");
  for (const path of ["/report/2027-01", "/?token=a&token=b", "/history?before=x", "/monitor/%FF"]) {
    const response = await page.get(path);
    assert.equal(response.status, 400, path);
    await response.body?.cancel();
  }
});

Deno.test("a report links to no month before the first that can be asked for", async () => {
  await using page = await pageApp(states.well());
  const months = async (path: string) =>
    [...(await page.html(path)).matchAll(/href="\/report\/([^"?]+)/g)].map(([, month]) => month);
  assert.ok((await months("/report/0000-02")).includes("0000-01"));
  for (const month of await months("/report/0000-01")) {
    const answer = await page.get(`/report/${month}`);
    await answer.body?.cancel();
    assert.equal(answer.status, 200, month);
  }
});

Deno.test("the style sheet and the logos are served by their content's name, for ever", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/logo.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await Deno.writeTextFile(`${folder}/own.css`, ".hero{border:0}");
    const more =
      `[page]\ntitle = "Harbour"\nlogo = "${folder}/logo.svg"\ncustom_css = "${folder}/own.css"\n` +
      `accent = "#7a3ff2"\ndescription = "All of it."\ntimezone = "Europe/Berlin"\n`;
    await using page = await pageApp(states.well(), { more });
    const html = await page.html("/");
    const stylePath = html.match(/href="(\/assets\/style-[^"]+)"/)![1];
    const link = (await page.get("/", { "user-agent": "Mozilla/5.0" })).headers.get("link");
    assert.equal(link, `<${stylePath}>; rel=preload; as=style`);
    const squeezed = await page.get(stylePath, { "accept-encoding": "br" });
    assert.equal(squeezed.headers.get("content-encoding"), "br");
    assert.ok((await squeezed.arrayBuffer()).byteLength < 6_500);
    const style = await page.get(stylePath);
    assert.equal(style.headers.get("cache-control"), "public, max-age=31536000, immutable");
    const css = await style.text();
    assert.ok(css.includes("#7a3ff2") && css.trimEnd().endsWith(".hero{border:0}"));
    const logo = await page.get(html.match(/src="(\/assets\/logo-[^"]+)"/)![1]);
    assert.equal(logo.headers.get("content-type"), "image/svg+xml");
    await logo.body?.cancel();
    assert.match(html, /UTC \(15:17 CET\)/);
    assert.match(html, /<meta name="description" content="All of it\."/);
    const other = await page.get("/assets/style-000000000000.css");
    assert.equal(other.status, 404);
    await other.body?.cancel();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("all that pages are made of has a validator and answers 304", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/logo.png`, new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
    await using page = await pageApp(states.well(), { more: `[page]\nlogo = "${folder}/logo.png"\n` });
    const html = await page.html("/");
    const logo = html.match(/src="(\/assets\/logo-[^"]+\.png)"/)![1];
    const style = html.match(/href="(\/assets\/style-[^"]+)"/)![1];
    for (const path of [logo, style, "/robots.txt", "/manifest.webmanifest", "/favicon.svg"]) {
      const first = await page.get(path);
      const etag = first.headers.get("etag")!;
      assert.match(etag, /^(?:W\/)?"[^"]+"$/, path);
      assert.match(first.headers.get("content-type")!, /png|css|plain|manifest|svg/, path);
      assert.ok((await first.arrayBuffer()).byteLength > 0, path);
      const again = await page.get(path, { "if-none-match": etag });
      assert.equal(again.status, 304, path);
      assert.equal(again.headers.get("etag"), etag, path);
      assert.equal(again.headers.get("cache-control"), first.headers.get("cache-control"), path);
      assert.equal(await again.text(), "");
      const other = await page.get(path, { "if-none-match": '"other"' });
      assert.equal(other.status, 200, path);
      await other.body?.cancel();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the favicon follows the state", async () => {
  await using page = await pageApp(states.one_down());
  const bare = await page.get("/favicon.svg");
  assert.equal(bare.headers.get("content-type"), "image/svg+xml");
  assert.ok((await bare.text()).includes("#c8372d"));
  assert.match(await page.html("/"), /href="\/favicon\.svg\?state=down"/);
  assert.ok((await page.html("/favicon.svg?state=up")).includes("#2f8f5b"));
});

Deno.test("history pages on without losing or repeating an incident", async () => {
  await using page = await pageApp(states.well());
  for (let n = 0; n < 120; n++) {
    const startedAt = NOW - (120 - n) * HOUR;
    const { incidentId } = await page.store.commit({
      openIncident: {
        monitorId: n % 3 === 0 ? "website" : "checkout",
        startedAt,
        confirmedAt: startedAt + 60_000,
        reason: "HTTP 503",
        category: "http_status",
        code: 503,
        cause: null,
        impacted: [],
        snapshot: null,
        planned: false,
      },
      durable: true,
    });
    await page.store.commit({
      closeIncident: { id: incidentId!, endedAt: startedAt + 600_000 },
      durable: true,
    });
  }
  const seen: string[] = [];
  let path: string | undefined = "/history";
  while (path !== undefined) {
    const html: string = await page.html(path);
    seen.push(...[...html.matchAll(/href="\/incident\/(\d+)"/g)].map((match) => match[1]));
    path = linksOf(html).find((url) => url.includes("before="));
  }
  assert.equal(seen.length, 120);
  assert.equal(new Set(seen).size, 120);
  const website = await page.html("/history?monitor=website");
  assert.equal([...website.matchAll(/href="\/incident\//g)].length, 40);
});

Deno.test("remote text is escaped everywhere", async () => {
  const nasty = `<b onclick=x>&"'</b>`;
  const view = summary([
    monitor({
      id: "n",
      name: nasty,
      group: nasty,
      status: "down",
      sinceAt: NOW - HOUR,
      lastError: nasty,
      impacted: [nasty],
    }),
  ], {
    title: nasty,
    banners: [{ id: 1, title: nasty, body: nasty, severity: "info", at: NOW, untilAt: null }],
  });
  await using page = await pageApp(view);
  const [id] = await seedIncidents(page.store, ["n"], NOW);
  await page.store.incidents.annotate(id, nasty, NOW);
  await seedChecks(page.store, "n", NOW, 1);
  for (const path of ["/", "/monitor/n", "/history", `/incident/${id}`, "/report/2026-11", "/history.atom"]) {
    const body = await page.html(`${path}?${token}`);
    assert.ok(!body.includes("<b onclick"), path);
  }
});

Deno.test("one monitor's history is reached by a form that carries theme and pass and lists only what the viewer may see", async () => {
  await using page = await pageApp(seenBy);
  const visitor = await page.html("/history?theme=dark");
  assert.doesNotMatch(visitor, /<form/, "one monitor alone needs no choice");
  const html = await page.html(`/history?theme=dark&${token}`);
  assert.match(html, /<form class="pick" action="\/history">/);
  assert.match(html, /<input type="hidden" name="theme" value="dark"/);
  assert.match(html, /<input type="hidden" name="pass" value="[0-9]+\.[A-Za-z0-9_-]{22}"/);
  assert.match(html, /<optgroup label="Works"><option value="engine-room" ?>Engine room<\/option>/);
  const pass = html.match(/name="pass" value="([^"]+)"/)![1];
  const chosen = await page.html(`/history?theme=dark&pass=${pass}&monitor=engine-room`);
  assert.match(chosen, /<option value="engine-room" selected(="")?>/);
  assert.equal((await page.get("/history?monitor=")).status, 200, "the first choice is everything");
  const shop = await page.html(`/history?group=Shop&${shopToken}`);
  const shopPass = shop.match(/name="pass" value="([^"]+)"/)![1];
  assert.match(await page.html(`/history?monitor=vault&pass=${shopPass}`), /Incident history: Vault/);
});

Deno.test("history shows what a service answered to those who may read it, and the hours of the monitor chosen", async () => {
  await using page = await pageApp(states.one_down());
  await seedChecks(page.store, "customer-api", NOW, 2);
  await seedIncidents(page.store, ["website", "checkout", "customer-api", "search"], NOW);
  assert.doesNotMatch(await page.html("/history"), /upstream sad|class="heat"/);
  const html = await page.html(`/history?monitor=customer-api&${token}`);
  assert.match(html, /<summary>What the service answered<\/summary><pre tabindex="0">HTTP\/1.1 503/);
  assert.match(
    html,
    /<svg class="heat"[^>]* aria-label="Response times of Customer API, hours by days, 28 days\. Usual is /,
  );
});

Deno.test("a monitor's page keeps room for its badges, as wide as their pictures are", async () => {
  await using app = await pageApp(states.one_down());
  const html = await app.html("/monitor/website");
  const badges = [...html.matchAll(/<img src="([^"]+)" alt="[^"]+" width="([0-9]+)" height="20"/g)];
  assert.equal(badges.length, 2);
  for (const [, src, width] of badges) {
    const svg = await (await app.get(src)).text();
    assert.equal(/<svg [^>]*width="([0-9]+)"/.exec(svg)?.[1], width, src);
  }
});
