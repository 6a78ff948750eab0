import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { findChromium, note, openBrowser } from "./support/browser.ts";
import { pageApp, seedChecks, seedIncidents } from "./support/page_app.ts";
import { monitor, NOW, summary } from "./support/summaries.ts";

/** Looks in a real browser at what an operator may write at any length: names, groups, links and logos, on the narrowest of phones. */
const chromium = findChromium();
const ignore = chromium === null;
if (ignore) note("room for names: skipped, no chromium on the PATH");

const name = "An ordinary name with so many words that no phone has a line for";
const group = "Group".repeat(20);
/** Days with the longest words of a table. */
const bad = { 3: "down", 5: "degraded", 7: "planned" } as const;
const title = "LinkWithoutABlank".repeat(5);
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 60" width="900" height="60"/>`;

const wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
/** What of the header leaves the window. */
const outside = `[...document.querySelectorAll(".top *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML)`;
const larger = { content: "html{font-size:200%!important}" };
const spaced = {
  content: "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}",
};

/** Words of a table's head that are broken in the middle. */
const brokenWords = `[...document.querySelectorAll("thead th")].filter((one) => one.firstChild !== null &&
  one.textContent.split(" ").some((word) => {
    const range = document.createRange();
    const at = one.textContent.indexOf(word);
    range.setStart(one.firstChild, at);
    range.setEnd(one.firstChild, at + word.length);
    return new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size > 1;
  })).map((one) => one.textContent)`;

async function inBrowser(look: (page: Page, url: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/logo.svg`, logo);
  const more = `[page]\ntitle = "Harbour"\nlogo = "${folder}/logo.svg"\n` +
    `[[page.links]]\ntitle = "${title}"\nurl = "https://example.org/"\n`;
  await using app = await pageApp(
    summary([
      monitor({ id: "long", name, group, bad }),
      monitor({ id: "other", name: "Other", group: "Small" }),
    ]),
    { more },
  );
  await seedChecks(app.store, "long", NOW, 3);
  await seedIncidents(app.store, ["long", "other"], NOW);
  const server = app.listen();
  const browser = await openBrowser(chromium!);
  try {
    const context = await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 640 } });
    await look(await context.newPage(), server.url);
  } finally {
    await browser.close();
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name:
    "long names, groups, link titles and logos make no page wider than a phone, nor the header with larger text",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inBrowser(async (page, url) => {
      const wrong: string[] = [];
      const paths = [
        "/",
        `/status/${group}`,
        "/monitor/long",
        "/history",
        `/history?group=${group}`,
        "/history?monitor=long",
        "/incident/5",
        "/report/2026-11",
        "/nowhere",
      ];
      for (const path of paths) {
        for (const style of [null, spaced]) {
          await page.goto(url + path);
          await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)");
          if (style !== null) await page.addStyleTag(style);
          const over = await page.evaluate(wide);
          if (over !== 0) wrong.push(`${path}: wider than the window by ${over}, ${style?.content}`);
        }
      }
      await page.goto(url);
      await page.addStyleTag(larger);
      wrong.push(...await page.evaluate(outside) as string[]);
      assert.deepEqual(wrong, []);
    }),
});

Deno.test({
  name: "a report's columns break no word with text twice as large",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inBrowser(async (page, url) => {
      for (const width of [768, 1024, 1280, 1440]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(`${url}/report/2026-11`);
        await page.addStyleTag(larger);
        assert.deepEqual(await page.evaluate(brokenWords), [], `at ${width}`);
      }
    }),
});
