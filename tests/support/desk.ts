const main = new URL("../../main.ts", import.meta.url).pathname;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

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
    return this.#command([], args, "null").spawn();
  }
  /** `before` is what stands before the runtime on the command line. */
  #command(before: readonly string[], args: readonly string[], output: "piped" | "null"): Deno.Command {
    const [program, ...rest] = [...before, Deno.execPath(), "run", "-A", main, ...args];
    return new Deno.Command(program, {
      args: rest,
      cwd: this.folder,
      env: { HORA_CONFIG: `${this.folder}/hora.toml`, NO_COLOR: "1" },
      stdout: output,
      stderr: output,
    });
  }
  hora(...args: string[]): Promise<Ended> {
    return this.#ended([], args);
  }
  /** The same under `strace`, which can kill it at a system call. */
  traced(options: readonly string[], ...args: string[]): Promise<Ended> {
    return this.#ended(["strace", "-f", "-qq", "-o", "/dev/null", ...options], args);
  }
  async #ended(before: readonly string[], args: readonly string[]): Promise<Ended> {
    const output = await this.#command(before, args, "piped").output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { code: output.code, out: text(output.stdout), err: text(output.stderr) };
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}
