import assert from "node:assert/strict";
import { eventually } from "./support/process.ts";

const config = `
[page]
title = "Bundled"
[server]
rate_limit_burst = 1000
[[monitors]]
id = "self"
name = "Itself"
kind = "push"
interval_secs = 60
`;

/** A task's command as `deno.json` has it. */
async function commandOf(name: string): Promise<string> {
  const task = JSON.parse(await Deno.readTextFile("deno.json")).tasks[name];
  return task.command ?? task;
}

/** What a task puts together, made anew in an empty folder, and how it is run there: no config, no cache, nothing fetched. */
class Bundle implements AsyncDisposable {
  private constructor(readonly folder: string, readonly main: string) {}

  /** By the task `bundle` one file, by `build` several, of which `main` is to be run. */
  static async make(task: "bundle" | "build", main: string): Promise<Bundle> {
    const folder = await Deno.makeTempDir({ prefix: "hora-bundle-" });
    const bundled = await new Deno.Command(Deno.execPath(), {
      args: (await commandOf(task)).replace("dist", folder).split(" ").slice(1),
      stdin: "null",
    }).output();
    assert.ok(bundled.success, new TextDecoder().decode(bundled.stderr));
    await Deno.writeTextFile(`${folder}/hora.toml`, config);
    return new Bundle(folder, main);
  }

  command(args: string[]): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-remote", "--no-npm", "-A", this.main, ...args],
      cwd: this.folder,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: this.folder,
        HORA_BIND: "127.0.0.1:0",
        HORA_LOG: "info",
        NO_COLOR: "1",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  async run(...args: string[]): Promise<{ code: number; text: string }> {
    const { code, stdout, stderr } = await this.command(args).output();
    const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, text: read(stdout) + read(stderr) };
  }

  /** Starts it, waits until it says where it listens, uses it, and ends it with SIGTERM; it must end well. */
  async serve(args: string[], use: (url: string) => Promise<void>): Promise<void> {
    const process = this.command(args).spawn();
    let text = "";
    const found = Promise.withResolvers<string>();
    const read = async (stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair)) {
        text += chunk;
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
        if (url !== undefined) found.resolve(url);
      }
    };
    const reading = Promise.all([read(process.stdout), read(process.stderr)]).then(() => {
      found.reject(new Error(`It ended: ${text}`));
    });
    try {
      await use(await found.promise);
    } finally {
      try {
        process.kill("SIGTERM");
      } catch { /* it has ended */ }
      await reading;
    }
    assert.equal((await process.status).code, 0, text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.folder, { recursive: true });
  }
}

async function textOf(url: URL | string, type: RegExp): Promise<string> {
  const answer = await fetch(url, { headers: { accept: "text/html,*/*" } });
  assert.equal(answer.status, 200, String(url));
  assert.match(answer.headers.get("content-type") ?? "", type);
  return await answer.text();
}

Deno.test("one bundled file, alone in an empty folder, is a whole Hora", async (t) => {
  await using bundle = await Bundle.make("bundle", "hora.js");
  await isWhole(bundle, t);
});

Deno.test("what `deno task start` runs needs nothing beside it", async (t) => {
  assert.match(await commandOf("start"), / dist\/app\/main\.js$/);
  await using bundle = await Bundle.make("build", "app/main.js");
  await isWhole(bundle, t);
});

async function isWhole(bundle: Bundle, t: Deno.TestContext): Promise<void> {
  await t.step("its page, style sheet, icon, API and heartbeats", async () => {
    await bundle.serve([], async (url) => {
      const page = await textOf(url, /html/);
      assert.match(page, /Bundled/);
      const linked = (rel: string) =>
        new URL(page.match(new RegExp(`<link rel="${rel}"[^>]* href="([^"]+)"`))![1], url);
      assert.match(await textOf(linked("stylesheet"), /css/), /--paper|color/);
      assert.match(await textOf(linked("icon"), /svg/), /^<svg/);
      assert.equal(JSON.parse(await textOf(`${url}/api/openapi.json`, /json/)).openapi, "3.1.0");
      const pushed = await fetch(`${url}/api/push/self`, { method: "POST" });
      assert.equal(await pushed.text(), "ok");
    });
  });

  await t.step(
    "all of it is in memory: parts that were not needed yet work when the files are gone",
    async () => {
      const [part] = bundle.main.split("/");
      await bundle.serve([], async (url) => {
        await Deno.rename(`${bundle.folder}/${part}`, `${bundle.folder}/away`);
        const more =
          `${config}\n[[monitors]]\nid = "name"\nname = "A name"\nkind = "dns"\ntarget = "localhost"\ninterval_secs = 60\n`;
        await Deno.writeTextFile(`${bundle.folder}/hora.toml`, more);
        await eventually(
          async () => JSON.parse(await textOf(`${url}/api/summary`, /json/)).monitors,
          (all: { id: string; status: string }[]) =>
            all.some(({ id, status }) => id === "name" && status !== "unknown"),
        );
        assert.equal(JSON.parse(await textOf(`${url}/api/openapi.json`, /json/)).openapi, "3.1.0");
      });
      await Deno.rename(`${bundle.folder}/away`, `${bundle.folder}/${part}`);
    },
  );

  await t.step("a backup, whose worker has its code from the bundle", async () => {
    const { code, text } = await bundle.run("backup", "copy.db");
    assert.equal(code, 0, text);
    assert.match(text, /Backed up hora\.db to copy\.db/);
    assert.match((await bundle.run("db", "check")).text, /sound/);
    assert.match((await bundle.run("db", "stats")).text, /Hours and days/);
    const restored = await bundle.run("restore", "copy.db");
    assert.equal(restored.code, 0, restored.text);
    assert.match(restored.text, /Restored hora\.db from copy\.db/);
  });

  await t.step("a ping, through the system's library", async () => {
    const { code, text } = await bundle.run("probe", "127.0.0.1", "--kind", "icmp", "--json");
    // Where neither the socket nor `ping` is allowed the reason says so; anything else would be the bundle's fault.
    if (code !== 0) assert.match(text, /ping_group_range|CAP_NET_RAW/, text);
    else assert.equal(JSON.parse(text).status, "up");
  });

  await t.step("the demo", async () => {
    await bundle.serve(["demo", "--port", "0", "--days", "2"], async (url) => {
      assert.match(await textOf(url, /html/), /Payments/);
    });
  });
}

/** The files of `folder` that are read when this one is, and its own. */
function withImports(folder: string, file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = Deno.readTextFileSync(`${folder}/${file}`);
  for (const [, name] of text.matchAll(/^(?:import|\} from) ?"\.\/([^"]+)";$/gm)) {
    withImports(folder, name, found);
  }
  return found;
}

Deno.test("a start reads of its libraries what it uses: no translations, no mail, no API description", async () => {
  await using bundle = await Bundle.make("build", "app/main.js");
  const folder = `${bundle.folder}/app`;
  const all = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const read = withImports(folder, "main.js");
  for (const name of all.filter((name) => name.startsWith("serve-"))) withImports(folder, name, read);
  const texts = [...read].map((name) => Deno.readTextFileSync(`${folder}/${name}`)).join("\n");
  assert.match(texts, /^\/\/ cli\/start\.ts$/m);
  for (const other of [/zod\/.*locales\/(?!en)/, /nodemailer/, /zod-to-openapi/, /toml-eslint-parser/]) {
    assert.doesNotMatch(texts, new RegExp(`^// .*${other.source}`, "m"));
  }
});

Deno.test("`deno task compile` takes the runtime that DENORT_BIN names, and puts in what was built and no more", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-compile-" });
  try {
    // Any program serves as a runtime as long as nobody starts the result; a real one is tried as well.
    const real = Deno.env.get("DENORT_BIN");
    const runtime = real ?? "/bin/true";
    const built = await new Deno.Command(Deno.execPath(), { args: ["task", "build"], stdin: "null" })
      .output();
    assert.ok(built.success, new TextDecoder().decode(built.stderr));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: (await commandOf("compile")).replace("dist/hora", `${folder}/hora`).split(" ").slice(1),
      env: { DENORT_BIN: runtime, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.ok(success, said);
    const [before, after] = [await Deno.stat(runtime), await Deno.stat(`${folder}/hora`)];
    assert.ok(after.size - before.size > 2_000_000 && (after.mode! & 0o111) !== 0);
    assert.match(said, /dist\/app/);
    assert.doesNotMatch(said, /\.tsx?\b|node_modules|registry/);
    if (real !== undefined) {
      const { stdout } = await new Deno.Command(`${folder}/hora`, { args: ["--version"] }).output();
      assert.match(new TextDecoder().decode(stdout), /^hora \d/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
