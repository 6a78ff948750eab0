import assert from "node:assert/strict";
import { linksOf, OPERATOR_TOKEN, pageApp, seedIncidents, seenBy, SHOP_TOKEN } from "./support/page_app.ts";
import { NOW } from "./support/summaries.ts";

const token = `token=${encodeURIComponent(OPERATOR_TOKEN)}`;
const shopToken = `token=${encodeURIComponent(SHOP_TOKEN)}`;

Deno.test("a group's token and its pass open the incidents of that group's monitors alone", async () => {
  await using page = await pageApp(seenBy);
  const [vaults, engines] = [
    await seedIncidents(page.store, ["vault"], NOW),
    await seedIncidents(page.store, ["engine-room"], NOW),
  ];
  const bearer = { authorization: `Bearer ${SHOP_TOKEN}` };
  const one = vaults.at(-1);
  for (const path of ["/status/Shop", "/history?group=Shop", "/history?monitor=vault", "/monitor/vault"]) {
    const html = await page.html(`${path}${path.includes("?") ? "&" : "?"}${shopToken}`);
    const link = linksOf(html).find((url) => url.startsWith(`/incident/${one}`))!;
    assert.match(link, /\?pass=/, path);
    assert.match(await page.html(link), /<h1>[^<]*Vault/, path);
    const pass = link.slice(link.indexOf("?"));
    for (const id of engines) assert.equal((await page.get(`/incident/${id}${pass}`)).status, 404);
  }
  assert.match(await page.html(`/incident/${one}`, bearer), /<h1>[^<]*Vault/);
  assert.equal((await page.get(`/incident/${engines[0]}`, bearer)).status, 404);
  assert.equal((await page.get(`/incident/${engines[0]}?${shopToken}`)).status, 404);

  const json = { accept: "*/*", ...bearer };
  const statusOf = async (path: string, headers: Record<string, string> = json) => {
    const answer = await page.get(`/api/incidents/${path}`, headers);
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await statusOf(`${one}?group=Shop`), 200);
  assert.equal(await statusOf(`${one}?group=Shop`, { accept: "*/*" }), 404);
  assert.equal(await statusOf(`${one}`), 404, "as in the list, the group is named");
  assert.equal(await statusOf(`${engines[0]}?group=Shop`), 404);
  assert.equal(await statusOf(`${engines[0]}?group=Works`), 404);
  assert.equal(await statusOf(`${engines[0]}?group=Shop&${token}`, { accept: "*/*" }), 404);
  assert.equal(await statusOf(`${engines[0]}?group=Works&${token}`, { accept: "*/*" }), 200);
});

Deno.test("no link within the site is dead on a page opened with a token", async () => {
  await using page = await pageApp(seenBy);
  await seedIncidents(page.store, ["front", "vault", "engine-room"], NOW);
  const begun: [string, string][] = [
    [`/?theme=dark&${token}`, "Engine room"],
    [`/monitor/engine-room?${token}`, "Engine room"],
    [`/status/Shop?${shopToken}`, "Vault"],
    [`/monitor/vault?${shopToken}`, "Vault"],
    [`/history?group=Shop&${shopToken}`, "Vault"],
    [`/report/2026-11?group=Shop&${shopToken}`, "Vault"],
  ];
  for (const [path, name] of begun) {
    const html = await page.html(path);
    assert.ok(html.includes(name), path);
    const links = [...html.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, url]) =>
      url.replaceAll("&amp;", "&")
    );
    assert.ok(links.length > 5, path);
    for (const link of new Set(links)) {
      const answer = await page.get(link);
      await answer.body?.cancel();
      assert.equal(answer.status, 200, `${path}: ${link}`);
    }
    const feed = links.find((url) => url.startsWith("/history.atom"))!;
    assert.match(feed, /[?&]pass=[^&]+$/);
    assert.ok((await page.html(feed)).includes(name), feed);
  }
});
