import assert from "node:assert/strict";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { golden } from "./support/golden.ts";
import { findChromium, note, openBrowser } from "./support/browser.ts";
import { OPERATOR_TOKEN, pageApp, seedChecks, seedIncidents } from "./support/page_app.ts";
import { NOW, states } from "./support/summaries.ts";

/**
 * Looks at the pages in a real browser: phone, tablet and desk, light and dark. Set HORA_SCREENSHOTS to a folder to keep a picture of each.
 */
const chromium = findChromium();
const ignore = chromium === null;
if (ignore) note("pages in a browser: skipped, no chromium on the PATH");
const pictures = Deno.env.get("HORA_SCREENSHOTS");

const widths = [360, 768, 1440];
/** Every width, and both themes on the narrowest, where most is tight; with HORA_TEST_FULL=1 every width in both. */
const full = Deno.env.get("HORA_TEST_FULL") === "1";
const themesAt = (width: number) =>
  full || width === 360 ? ["light", "dark"] : [width === 768 ? "dark" : "light"];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

/** The rules whose result depends on the width or the colours; all others are the same in every look at one document. */
const visual = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"];

async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = { runOnly: rules ?? tags, resultTypes: ["violations"] };
  // The policy forbids scripts in the page; the browser's own debugging channel may still run one.
  const found = await page.evaluate(
    `(async () => { ${axe.source}; return (await axe.run(document, ${
      JSON.stringify(options)
    })).violations })()`,
  ) as Violation[];
  return found.flatMap((one) =>
    one.nodes.slice(0, 3).map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`)
  );
}

Deno.test({
  name: "the accessibility check finds what is wrong with a bad page",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage();
      await page.setContent(
        '<p style="color:#bbb;background:#fff">Pale</p><img src="data:,"><a href="#x"></a>',
      );
      const found = (await violations(page)).join("\n");
      for (const rule of ["color-contrast", "image-alt", "link-name", "document-title"]) {
        assert.ok(found.includes(rule), `${rule} was not found`);
      }
    } finally {
      await browser.close();
    }
  },
});

/** States whose pages are so long that one look into every corner is enough, but with HORA_TEST_FULL=1. */
const vast = ["seven_hundred", "many_down"];

interface Look {
  readonly name: string;
  readonly url: string;
}

async function lookAt(browser: Browser, looks: readonly Look[]): Promise<void> {
  const wrong: string[] = [];
  for (const width of widths) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.on("pageerror", (error) => wrong.push(`${error}`));
    page.on("console", (message) => {
      const isFault = message.type() === "error" && !message.text().includes("404");
      if (isFault) wrong.push(`${width}: ${message.text()}`);
    });
    for (const { name, url } of looks) {
      for (const theme of themesAt(width)) {
        const where = `${name} at ${width}, ${theme}`;
        await page.goto(`${url}${url.includes("?") ? "&" : "?"}theme=${theme}`);
        const opened = name === "seven_hundred" ? 3 : 100;
        await page.evaluate(
          `[...document.querySelectorAll("details")].slice(0, ${opened}).forEach((one) => one.open = true)`,
        );
        const over = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        if (over !== 0) wrong.push(`${where}: wider than the window by ${over}`);
        const isFirst = width === widths[0] && theme === "light";
        if (full || isFirst || !vast.includes(name)) {
          for (const violation of await violations(page, isFirst ? undefined : visual)) {
            wrong.push(`${where}: ${violation}`);
          }
        }
        if (pictures !== undefined) {
          await page.screenshot({ path: `${pictures}/${name}-${width}-${theme}.png`, fullPage: true });
        }
      }
    }
    await page.close();
  }
  assert.deepEqual(wrong.slice(0, 12), []);
}

Deno.test({
  name: "every state of the status page fits every width and has no accessibility violation, light and dark",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const browser = await openBrowser(chromium!);
    try {
      for (const name of Object.keys(states)) {
        await using app = await pageApp(states[name]());
        const server = app.listen();
        await lookAt(browser, [{ name, url: `${server.url}/` }]);
        await server.stop();
      }
    } finally {
      await browser.close();
    }
  },
});

Deno.test({
  name: "every other page fits every width and has no accessibility violation, light and dark",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await seedChecks(app.store, "website", NOW);
    await seedIncidents(app.store, ["website", "checkout", "customer-api", "search"], NOW);
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    const token = `token=${encodeURIComponent(OPERATOR_TOKEN)}`;
    const paths = {
      group: "/status/Shop",
      monitor: `/monitor/website?${token}`,
      history: "/history",
      incident: `/incident/5?${token}`,
      report: "/report/2026-11",
      missing: "/nowhere",
    };
    try {
      await lookAt(
        browser,
        Object.entries(paths).map(([name, path]) => ({ name: `page-${name}`, url: server.url + path })),
      );
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

/** Says every word twice, as a language with longer words would need the room. */
const doubled = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (text.data.trim() !== "" && !text.parentElement.closest("svg,pre,code")) text.data += " " + text.data;
  }
})()`;

Deno.test({
  name: "pages hold from right to left and with words twice as long, at every width",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await seedChecks(app.store, "website", NOW, 3);
    await seedIncidents(app.store, ["website", "checkout", "customer-api", "search"], NOW);
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    const wrong: string[] = [];
    try {
      for (const width of widths) {
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        for (
          const path of ["/", "/monitor/website", "/history", "/incident/5", "/report/2026-11", "/nowhere"]
        ) {
          for (const [how, change] of [["rtl", "document.documentElement.dir = 'rtl'"], ["long", doubled]]) {
            await page.goto(server.url + path);
            await page.evaluate(change);
            await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)");
            const over = await page.evaluate(
              "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            if (over !== 0) wrong.push(`${path} at ${width}, ${how}: wider than the window by ${over}`);
            if (pictures !== undefined) {
              const name = `${how}${path.replaceAll("/", "_")}`;
              await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
            }
          }
        }
        await page.goto(server.url);
        const before = await page.evaluate("document.querySelector('.hours').getBoundingClientRect().x");
        await page.evaluate("document.documentElement.dir = 'rtl'");
        const after = await page.evaluate("document.querySelector('.hours').getBoundingClientRect().x");
        if (!(Number(after) > Number(before))) wrong.push(`the ring stays on the left at ${width}`);
        await page.close();
      }
      assert.deepEqual(wrong, []);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

/** What is cut off below its edge, beside what is meant to end with dots after two lines. */
const clipped = `[...document.querySelectorAll("main *")]
  .filter((one) => {
    const style = getComputedStyle(one);
    return style.overflowY === "hidden" && style.webkitLineClamp === "none" &&
      one.clientHeight > 1 && one.scrollHeight > one.clientHeight;
  })
  .map((one) => one.tagName + "." + one.className + ": " + one.textContent.slice(0, 30))`;

/** Times and figures that a narrow window breaks in two, given as selectors. */
const broken = (selectors: string) =>
  `[...document.querySelectorAll(${JSON.stringify(selectors)})]
    .filter((one) => one.checkVisibility() && new Set([...(() => {
      const range = document.createRange();
      range.selectNodeContents(one);
      return range.getClientRects();
    })()].map((rect) => Math.round(rect.top))).size > 1)
    .map((one) => one.textContent)`;

Deno.test({
  name:
    "a phone breaks no date and no duration, shows whole names and a report that needs no scrolling aside",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await using long = await pageApp(states.long_names());
    await seedChecks(app.store, "website", NOW, 3);
    await seedIncidents(app.store, ["website", "checkout"], NOW);
    const [server, named] = [app.listen(), long.listen()];
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
      await page.goto(`${server.url}/monitor/website`);
      await page.locator("details > summary").first().click();
      assert.deepEqual(await page.evaluate(broken("th[scope=row], .plot td")), []);

      await page.goto(`${server.url}/history`);
      const tops = await page.evaluate(
        "['select', '.pick button'].map((one) => Math.round(document.querySelector(one).getBoundingClientRect().top))",
      ) as number[];
      assert.equal(tops[0], tops[1], "the button stands below its list");

      assert.deepEqual(await page.evaluate(broken(".pick label")), []);

      await page.goto(server.url);
      assert.deepEqual(await page.evaluate(broken(".rows > li > small, .rows > li > i")), []);

      await page.goto(`${server.url}/report/2026-11`);
      for (const width of [360, 768]) {
        await page.setViewportSize({ width, height: 800 });
        const aside = await page.evaluate(
          "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length",
        );
        assert.equal(aside, 0, `tables wider than the window at ${width}`);
      }
      await page.setViewportSize({ width: 360, height: 800 });
      assert.match(await page.locator("tbody").first().innerText(), /Checkout/);

      await page.goto(named.url);
      const widths = await page.evaluate(
        "[...document.querySelectorAll('.rows > li > a')].map((one) => one.clientWidth / innerWidth)",
      ) as number[];
      assert.ok(widths.every((share) => share > 0.45), `names have ${widths} of the window`);
    } finally {
      await browser.close();
      await Promise.all([server.stop(), named.stop()]);
    }
  },
});

Deno.test({
  name:
    "pages hold at 320 pixels and with wider spacing of text: nothing is clipped or wider than the window",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await seedChecks(app.store, "website", NOW, 3);
    await seedIncidents(app.store, ["website", "checkout", "customer-api", "search"], NOW);
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    const wrong: string[] = [];
    try {
      const context = await browser.newContext({ bypassCSP: true, viewport: { width: 320, height: 640 } });
      const page = await context.newPage();
      for (
        const path of ["/", "/monitor/website", "/history", "/incident/5", "/report/2026-11", "/nowhere"]
      ) {
        await page.goto(server.url + path);
        await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)");
        for (const how of ["narrow", "spaced"]) {
          if (how === "spaced") {
            await page.addStyleTag({
              content: "*{line-height:1.5!important;letter-spacing:.12em!important;" +
                "word-spacing:.16em!important}p{margin-bottom:2em!important}",
            });
          }
          const over = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          if (over !== 0) wrong.push(`${path}, ${how}: wider than the window by ${over}`);
          const cut = await page.evaluate(clipped) as string[];
          wrong.push(...cut.map((what) => `${path}, ${how}: ${what} is cut off`));
        }
      }
      assert.deepEqual(wrong, []);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

Deno.test({
  name: "with forced colours the chosen filter and the keys of the pictures can still be told",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await seedChecks(app.store, "website", NOW, 3);
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage();
      await page.emulateMedia({ forcedColors: "active" });
      await page.goto(`${server.url}/history`);
      const grounds = await page.evaluate(
        "[...document.querySelectorAll('.filters a')].map((one) => getComputedStyle(one).backgroundColor)",
      ) as string[];
      assert.notEqual(grounds[0], grounds[1]);
      await page.goto(`${server.url}/monitor/website`);
      const keys = await page.evaluate(
        "[...document.querySelectorAll('.legend i')].map((one) => getComputedStyle(one).backgroundColor)",
      ) as string[];
      assert.equal(new Set(keys).size, keys.length, `${keys}`);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

Deno.test({
  name: "the keyboard reaches everything in its order, with the focus to be seen, and gets out again",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await seedIncidents(app.store, ["website", "checkout", "customer-api", "search"], NOW);
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    const token = `token=${encodeURIComponent(OPERATOR_TOKEN)}`;
    try {
      const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
      const paths = [
        "/",
        "/monitor/website",
        "/history",
        `/incident/5?${token}`,
        "/report/2026-11",
        "/nowhere",
      ];
      for (const path of paths) {
        await page.goto(server.url + path);
        const expected = await page.evaluate(`(() => {
          const all = 'a[href], summary, select, button, input:not([type=hidden]), [tabindex="0"]';
          window.walk = [...document.querySelectorAll(all)].filter((one) => one.checkVisibility());
          return window.walk.length;
        })()`) as number;
        for (let step = 0; step < expected; step++) {
          await page.keyboard.press("Tab");
          const [index, what] = await page.evaluate(`(() => {
            const one = document.activeElement;
            const style = getComputedStyle(one);
            const what = [one.tagName, one.textContent.trim().slice(0, 30), style.outlineStyle, style.outlineWidth];
            return [window.walk.indexOf(one), what.join("|")];
          })()`) as [number, string];
          assert.equal(index, step, `${path}: ${what}`);
          assert.match(what, /\|solid\|2px$/, `${path}: ${what}`);
          if (step === 0) assert.match(what, /^A\|Skip to the content/);
        }
        await page.keyboard.press("Tab");
        const left = await page.evaluate("window.walk.indexOf(document.activeElement)");
        assert.ok(left === -1 || left === 0, `${path}: the last stop keeps the keyboard`);
      }

      await page.goto(server.url);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.match(page.url(), /#main$/);
      const folded = page.locator("details:not([open]) > summary").first();
      await folded.focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.locator("details:not([open])").count(), 0);

      await page.goto(`${server.url}/history`);
      await page.locator("select").selectOption("checkout");
      await page.locator("select").press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/history\?monitor=checkout$/);
      assert.match(await page.locator("h1").innerText(), /Checkout/);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

Deno.test({
  name: "nothing moves while the status page loads, and it asks for its style sheet and icon alone",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.goto(server.url, { waitUntil: "networkidle" });
      const shift = await page.evaluate(`new Promise((resolve) => {
        let total = 0;
        new PerformanceObserver((list) => { for (const one of list.getEntries()) total += one.value; })
          .observe({ type: "layout-shift", buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(total)));
      })`);
      assert.equal(shift, 0);
      const others = asked.filter((path) =>
        path !== "/" && !/^\/assets\/style-|^\/favicon\.svg|manifest/.test(path)
      );
      assert.deepEqual(others, []);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

Deno.test({
  name: "the report prints to A4 and to Letter with page numbers and without the navigation",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.many_down());
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}/report/2026-11`);
      for (const format of ["A4", "Letter"]) {
        const pdf = await page.pdf({ format, preferCSSPageSize: false });
        assert.equal(new TextDecoder().decode(pdf.slice(0, 5)), "%PDF-");
        const pages = new TextDecoder("latin1").decode(pdf).match(/\/Type \/Page\b/g)?.length ?? 0;
        assert.ok(pages >= 2 && pages <= 6, `${pages} pages of ${format}`);
        if (pictures !== undefined) await Deno.writeFile(`${pictures}/report-${format}.pdf`, pdf);
      }
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator(".top nav").isVisible(), false);
      assert.equal(await page.locator(".pager").isVisible(), false);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});

Deno.test({
  name: "a screen reader hears what the golden tree says",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using app = await pageApp(states.one_down());
    await seedIncidents(app.store, ["website", "checkout", "customer-api", "search"], NOW);
    const server = app.listen();
    const browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage();
      for (const [name, path] of [["status", "/"], ["history", "/history"], ["incident", "/incident/5"]]) {
        await page.goto(server.url + path);
        const tree = await page.locator("body").ariaSnapshot();
        await golden(`trees/${name}.yaml`, tree.replaceAll(server.url, "") + "\n");
      }
    } finally {
      await browser.close();
      await server.stop();
    }
  },
});
