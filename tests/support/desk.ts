const main = new URL("../../main.ts", import.meta.url).pathname;

/** An operator's folder with a configuration, in which the real command is run. */
export class Desk {
  readonly folder = Deno.makeTempDirSync();
  readonly database = `${this.folder}/hora.db`;

  constructor(databasePath = `${this.folder}/hora.db`) {
    Deno.writeTextFileSync(
      `${this.folder}/hora.toml`,
      `[page]\n[server]\ndatabase_path = "${databasePath}"\n\n[[monitors]]\nid = "web"\nname = "Web"\nkind = "tcp"\ntarget = "127.0.0.1:1"\ninterval_secs = 60\n`,
    );
  }
  spawn(...args: string[]): Deno.ChildProcess {
    return this.#command(args, "null").spawn();
  }
  #command(args: readonly string[], output: "piped" | "null"): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, ...args],
      cwd: this.folder,
      env: { HORA_CONFIG: `${this.folder}/hora.toml`, NO_COLOR: "1" },
      stdout: output,
      stderr: output,
    });
  }
  async hora(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const output = await this.#command(args, "piped").output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { code: output.code, out: text(output.stdout), err: text(output.stderr) };
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}
