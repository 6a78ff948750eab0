import assert from "node:assert/strict";
import { dirname, normalize } from "node:path";
import { commands } from "../cli/commands.ts";
import * as shapes from "../config/shapes.ts";
import { makeOtherHora } from "./support/other_hora.ts";

const files = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md", ...markdownIn("docs")];

function markdownIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? markdownIn(`${folder}/${name}`) : name.endsWith(".md") ? [`${folder}/${name}`] : []
  ).sort();
}

const textOf = (file: string) => Deno.readTextFileSync(file);
const prose = (text: string) =>
  text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]]/g, ""));

/** How a heading is named in a link. */
const anchorOf = (heading: string) =>
  heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");

function anchorsOf(file: string): Set<string> {
  return new Set([...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading)));
}

Deno.test("every link between the documents leads somewhere", () => {
  const dead: string[] = [];
  let count = 0;
  for (const file of files) {
    for (const [, link] of prose(textOf(file)).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)) {
      if (link === undefined || /^[a-z]+:/.test(link)) continue;
      count += 1;
      const [path, anchor] = link.split("#");
      const target = path === "" ? file : normalize(`${dirname(file)}/${path}`);
      try {
        const { isFile } = Deno.statSync(target);
        if (anchor !== undefined && isFile && !anchorsOf(target).has(anchor)) dead.push(`${file}: ${link}`);
      } catch {
        dead.push(`${file}: ${link}`);
      }
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(count > 20);
});

Deno.test("every document can be reached from the index of its folder", () => {
  for (
    const [index, folder] of [["docs/README.md", "docs"], ["docs/decisions/README.md", "docs/decisions"]]
  ) {
    const linked = textOf(index);
    for (const { name } of Deno.readDirSync(folder)) {
      if (name.endsWith(".md") && name !== "README.md") {
        assert.ok(
          linked.includes(`(${name})`),
          `${index}: ${name}`,
        );
      }
    }
  }
});

Deno.test("the page on the configuration names every key", () => {
  const page = textOf("docs/configuration.md");
  const { channelShapes, ...sections } = shapes;
  const keys = [...Object.values(sections), ...Object.values(channelShapes)].flatMap((shape) =>
    Object.keys(shape)
  );
  const unnamed = [...new Set(keys)].filter((key) => !new RegExp(`\`(?:[a-z_]+\\.)*${key}\``).test(page));
  assert.deepEqual(unnamed, []);
});

Deno.test("the documents name every command, and no task that there is not", () => {
  const all = files.map(textOf).join("\n");
  for (const { name } of commands) assert.match(all, new RegExp(`\\bhora ${name}\\b`), name);
  const { tasks } = JSON.parse(textOf("deno.json"));
  const named = new Set([...all.matchAll(/deno(?:@[\d.]+)? task ([a-z]+)/g)].map(([, task]) => task));
  assert.deepEqual([...named].filter((task) => !Object.hasOwn(tasks, task)), []);
});

Deno.test("the README starts Hora as `deno task start` does", () => {
  const words: string[] = JSON.parse(textOf("deno.json")).tasks.start.command.split(" ");
  const [script] = textOf("README.md").match(/^exec .*$/m)!;
  const [container] = textOf("README.md").match(/^RUN printf .*$/m)!;
  const options = words.filter((word) => word.startsWith("--"));
  for (const option of [...options, words.at(-1)!]) assert.ok(script.includes(option), option);
  // A container's first start is its only one, so nothing is kept compiled for the next.
  for (const option of options) {
    assert.ok(container.includes(` ${option.replace(",--no-lazy", "")} `), option);
  }
});

/** A code block of the README in the language, whose text holds `part`. */
function blockOf(language: string, part: string): string {
  const blocks = [...textOf("README.md").matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))];
  return blocks.map(([, text]) => text).find((text) => text.includes(part))!;
}

/** Writes the README's script into the folder, which takes the place of those that it names; `home` is where it goes. */
async function writeScript(folder: string, home: string): Promise<void> {
  const script = blockOf("sh", "#!/bin/sh").replaceAll("/etc/hora", folder).replaceAll("/var/lib/hora", home)
    .replace("/usr/local/bin/deno", Deno.execPath()).replace("--no-config ", "")
    .replace("/opt/hora/dist/app/main.js", new URL("../main.ts", import.meta.url).pathname);
  await Deno.writeTextFile(`${folder}/hora`, script, { mode: 0o755 });
}

const oneMonitor =
  '[[monitors]]\nid = "a"\nname = "A"\nkind = "tcp"\ntarget = "127.0.0.1:9"\ninterval_secs = 60\n';

Deno.test("the README's script finds what the configuration names by relative paths, from every folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-docs-" });
  try {
    await writeScript(folder, folder);
    await Deno.writeTextFile(`${folder}/hora.toml`, `[page]\nlogo = "logo.svg"\n[server]\n${oneMonitor}`);
    await Deno.writeTextFile(`${folder}/logo.svg`, "<svg/>");
    const { stdout } = await new Deno.Command(`${folder}/hora`, { args: ["doctor"], cwd: "/" }).output();
    const said = new TextDecoder().decode(stdout);
    assert.match(said, /^hora doctor - .*hora\.toml \(1 monitor\)\n/);
    assert.match(said, /^ {2}files +ok +1 readable$/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("files given to the README's script are where it was called, also when it may not go to its own folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-docs-" });
  try {
    const caller = `${folder}/caller`;
    await Deno.mkdir(caller);
    await Deno.mkdir(`${folder}/home`);
    await Deno.writeTextFile(`${folder}/hora.toml`, `[page]\n[server]\n${oneMonitor}`);
    await Deno.writeTextFile(`${caller}/own.toml`, `[page]\n[server]\n${oneMonitor}`);
    await Deno.writeTextFile(`${caller}/kuma.json`, '{"monitorList":[]}');
    makeOtherHora(`${caller}/old.db`, Date.parse("2026-06-01T00:00:00Z"), 5);
    const reading = ["import kuma kuma.json", "--config own.toml check"];
    const writing = ["import hora old.db", "backup copy.db", "restore copy.db"];
    for (const [home, lines] of [["none", reading], ["home", [...reading, ...writing]]] as const) {
      await writeScript(folder, `${folder}/${home}`);
      for (const line of lines) {
        const run = new Deno.Command(`${folder}/hora`, { args: line.split(" "), cwd: caller });
        const { code, stderr } = await run.output();
        assert.equal(code, 0, `${line}: ${new TextDecoder().decode(stderr)}`);
      }
    }
    assert.ok((await Deno.stat(`${caller}/copy.db`)).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the README's container has the command `hora`, and its files hold no history and no database", async () => {
  const container = blockOf("dockerfile", "FROM");
  const folder = await Deno.makeTempDir({ prefix: "hora-docs-" });
  try {
    const command = container.match(/^RUN (printf .*)$/m)![1].replaceAll(
      "/usr/local/bin/hora",
      `${folder}/hora`,
    );
    await new Deno.Command("sh", { args: ["-c", command] }).output();
    const script = await Deno.readTextFile(`${folder}/hora`);
    assert.match(script, /^#!\/bin\/sh\nexec deno run .* \/hora\/dist\/app\/main\.js "\$@"\n$/);
    assert.equal(((await Deno.stat(`${folder}/hora`)).mode ?? 0) & 0o777, 0o755);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.match(container, /^CMD \["hora"\]$/m);
  const ignored = textOf(".dockerignore").split("\n");
  for (const path of [".git", "hora.db*"]) assert.ok(ignored.includes(path), path);
});
