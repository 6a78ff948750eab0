import { Background, findProgram, freePorts, listening } from "./programs.ts";

export const nginxProgram = findProgram("nginx");

/** Waits up to ten seconds for a file that is not empty. */
async function appears(path: string): Promise<boolean> {
  for (let tries = 0; tries < 500; tries++) {
    if (await Deno.stat(path).then(({ size }) => size > 0, () => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** A running nginx with these `server` blocks; `PORT0`, `PORT1`, … in them become free ports of 127.0.0.1. */
export class Nginx {
  readonly #running: Background;
  private constructor(readonly folder: string, readonly ports: readonly number[], running: Background) {
    this.#running = running;
  }

  static async start(servers: string, portCount: number): Promise<Nginx> {
    for (let tries = 0; tries < 4; tries++) {
      const started = await Nginx.#launch(servers, freePorts(portCount));
      if (started !== null) return started;
    }
    throw new Error("nginx does not start");
  }

  /** Null when it did not come up: another process may have taken a port meanwhile. */
  static async #launch(servers: string, ports: readonly number[]): Promise<Nginx | null> {
    const folder = await Deno.makeTempDir({ prefix: "hora-nginx-" });
    await Deno.chmod(folder, 0o755);
    const blocks = servers.replace(/PORT(\d)/g, (_, index) => String(ports[Number(index)]));
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) =>
      `${kind}_temp_path ${folder}/${kind};`
    );
    const config = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 512; }
http { access_log off; ${temp.join(" ")} ${blocks} }`;
    await Deno.writeTextFile(`${folder}/nginx.conf`, config);
    const running = new Background(nginxProgram ?? "nginx", ["-p", folder, "-c", `${folder}/nginx.conf`]);
    const nginx = new Nginx(folder, ports, running);
    // It notes its number once all ports are its own; a port that answers before may be somebody else's.
    if (await appears(`${folder}/pid`)) {
      for (const port of ports) await listening(port);
      return nginx;
    }
    await nginx[Symbol.asyncDispose]();
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
