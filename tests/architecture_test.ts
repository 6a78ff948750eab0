import assert from "node:assert/strict";

/** Floors of the house: imports go down, never up, and on floor 2 never sideways. */
const floors: Record<string, number> = {
  "main.ts": 4,
  cli: 4,
  routes: 3,
  scheduler: 3,
  views: 2,
  probes: 2,
  alerts: 2,
  peers: 2,
  store: 2,
  config: 2,
  domain: 1,
};

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && (folder !== "." || entry.name in floors)) yield* sources(path);
    else if (entry.isFile && /\.tsx?$/.test(entry.name)) yield path;
  }
}

function room(path: string): string {
  return path.includes("/") ? path.split("/")[0] : path;
}

Deno.test("imports go down, never up or sideways", async () => {
  const wrong: string[] = [];
  let seen = 0;
  for await (const path of sources(".")) {
    if (/_test\.tsx?$/.test(path)) continue;
    const text = await Deno.readTextFile(path);
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      const [from, to] = [room(path), room(target)];
      seen += 1;
      if (from === to || (from === "main.ts" || from === "cli")) continue;
      if (to === "deno.json" && from === "main.ts") continue;
      const allowed = floors[from] > (floors[to] ?? 99);
      if (!allowed) wrong.push(`${path} imports ${target}`);
    }
  }
  assert.ok(seen > 10, "no imports were read");
  assert.deepEqual(wrong, []);
});

Deno.test("only domain/clock.ts reads the machine's clock in domain, alerts, store, peers and views", async () => {
  const wrong: string[] = [];
  for await (const path of sources(".")) {
    if (/_test\.tsx?$/.test(path) || path === "domain/clock.ts") continue;
    if (!["domain", "alerts", "store", "peers", "views"].includes(room(path))) continue;
    if (/\bDate\.now\(\)|\bnew Date\(\)/.test(await Deno.readTextFile(path))) wrong.push(path);
  }
  assert.deepEqual(wrong, []);
});

Deno.test("SQL stands only in store/", async () => {
  const wrong: string[] = [];
  for await (const path of sources(".")) {
    if (/_test\.tsx?$/.test(path) || room(path) === "store") continue;
    if (/node:sqlite|\bSELECT\b.+\bFROM\b|\bINSERT INTO\b/.test(await Deno.readTextFile(path))) {
      wrong.push(path);
    }
  }
  assert.deepEqual(wrong, []);
});
