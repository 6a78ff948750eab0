import assert from "node:assert/strict";
import { commands } from "../cli/commands.ts";
import { version } from "../domain/version.ts";

async function hora(args: string[], cwd: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../main.ts", import.meta.url).pathname, ...args],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? cwd, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

Deno.test("the command line: help, version, --config, and words that nobody knows", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "hora-command-line-" });
  try {
    await t.step("--help lists every command in two columns, within a page's width", async () => {
      const { code, stdout, stderr } = await hora(["--help"], folder);
      assert.deepEqual([code, stderr], [0, ""]);
      for (const { name, about } of commands) {
        assert.match(stdout, new RegExp(`^  ${name}( |$)`, "m"));
        assert.ok(stdout.split("\n").some((line) => line.slice(36) === about), about);
      }
      assert.ok(stdout.split("\n").every((line) => line.length <= 110));
      assert.deepEqual((await hora(["-h"], folder)).stdout, stdout);
    });
    await t.step("--version", async () => {
      for (const flag of ["--version", "-V"]) {
        assert.deepEqual(await hora([flag], folder), { code: 0, stdout: `hora ${version}\n`, stderr: "" });
      }
    });
    await t.step("a command's own help does nothing else", async () => {
      const { code, stdout } = await hora(["silence", "--help"], folder);
      assert.equal(code, 0);
      assert.match(stdout, /^usage: hora silence IDS\|all DURATION/);
      for (const word of ["help", "--help", "-h"]) {
        assert.deepEqual(await hora([word, "silence"], folder), { code: 0, stdout, stderr: "" });
      }
      assert.match((await hora(["help", "silense"], folder)).stderr, /Did you mean `hora silence`\?/);
    });
    await t.step("an unknown word, with the nearest command", async () => {
      const { code, stdout, stderr } = await hora(["chekc"], folder);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.equal(stderr, "unknown command: chekc\nDid you mean `hora check`? See `hora --help`.\n");
      assert.match(
        (await hora(["frobnicate"], folder)).stderr,
        /^unknown command: frobnicate\nSee `hora --help`\.\n$/,
      );
    });
    await t.step("--config names the file for any command", async () => {
      await Deno.mkdir(`${folder}/etc`);
      await Deno.writeTextFile(`${folder}/etc/other.toml`, "[page]\n[server]\n");
      for (const args of [["--config", "etc/other.toml"], ["--config=etc/other.toml"]]) {
        assert.deepEqual(await hora([...args, "check"], folder), {
          code: 0,
          stdout: "etc/other.toml is valid.\n",
          stderr: "",
        });
      }
      for (const args of [["--config"], ["--config="]]) {
        assert.match((await hora(args, folder)).stderr, /--config needs the path of a file/);
      }
      const none = await hora(["check"], folder);
      assert.equal(none.code, 1);
      assert.match(none.stderr, /neither hora\.toml nor config\.toml is in this folder/);
    });
    await t.step(
      "what cannot be written is one line and the exit code, and its place for those who debug",
      async () => {
        const full = async (log: string) => {
          const main = new URL("../main.ts", import.meta.url).pathname;
          const { code, stderr } = await new Deno.Command("sh", {
            args: ["-c", `exec "${Deno.execPath()}" run -A "${main}" config >/dev/full`],
            cwd: folder,
            env: { HORA_CONFIG: "etc/other.toml", HORA_LOG: log, NO_COLOR: "1" },
          }).output();
          return { code, stderr: new TextDecoder().decode(stderr) };
        };
        const line = "Error: No space left on device (os error 28)\n";
        assert.deepEqual(await full("info"), { code: 1, stderr: line });
        const traced = await full("debug");
        assert.equal(traced.code, 1);
        assert.ok(traced.stderr.startsWith(line) && /^ +at .*command\.ts/m.test(traced.stderr));
      },
    );
    await t.step("hora.toml comes before config.toml", async () => {
      await Deno.writeTextFile(`${folder}/config.toml`, "[page]\n[server]\n");
      assert.equal((await hora(["check"], folder)).stdout, "config.toml is valid.\n");
      await Deno.writeTextFile(`${folder}/hora.toml`, "\uFEFF[page]\r\n[server]\r\n");
      assert.equal((await hora(["check"], folder)).stdout, "hora.toml is valid.\n");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
