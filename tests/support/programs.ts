/** Where a program is, or null. System programs may stand outside a user's PATH. */
export function findProgram(name: string): string | null {
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    "/usr/sbin",
    "/sbin",
    "/usr/lib/nagios/plugins",
  ];
  for (const folder of folders) {
    try {
      if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
    } catch { /* not here */ }
  }
  return null;
}

/** Runs a program to its end; throws with its words when it fails. */
export async function runProgram(
  name: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<string> {
  const done = await new Deno.Command(name, { ...options, args, stdout: "piped", stderr: "piped" }).output();
  const text = new TextDecoder().decode(done.stdout);
  if (!done.success) throw new Error(`${name}: ${text}${new TextDecoder().decode(done.stderr)}`);
  return text;
}

/** A port that nothing listens on at this moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** As many ports that nothing listens on at this moment, all different. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

/** Resolves when something listens on the port; rejects after ten seconds. */
export async function listening(port: number, hostname = "127.0.0.1"): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    try {
      (await Deno.connect({ port, hostname })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** A program in the background, ended by `using`. */
export class Background {
  readonly #child: Deno.ChildProcess;
  constructor(program: string, args: string[], options: Deno.CommandOptions = {}) {
    this.#child = new Deno.Command(program, {
      ...options,
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch { /* it has ended */ }
    await this.#child.status;
  }
}
