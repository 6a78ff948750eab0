import { Background, findProgram, freePort, listening } from "./programs.ts";

export const nginxProgram = findProgram("nginx");

/** A running nginx with these `server` blocks; `PORT0`, `PORT1`, … in them become free ports of 127.0.0.1. */
export class Nginx {
  readonly #running: Background;
  private constructor(readonly folder: string, readonly ports: readonly number[], running: Background) {
    this.#running = running;
  }

  static async start(servers: string, portCount: number): Promise<Nginx> {
    const folder = await Deno.makeTempDir({ prefix: "hora-nginx-" });
    await Deno.chmod(folder, 0o755);
    const ports = Array.from({ length: portCount }, freePort);
    const blocks = servers.replace(/PORT(\d)/g, (_, index) => String(ports[Number(index)]));
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) =>
      `${kind}_temp_path ${folder}/${kind};`
    );
    const config = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 512; }
http { access_log off; ${temp.join(" ")} ${blocks} }`;
    await Deno.writeTextFile(`${folder}/nginx.conf`, config);
    const running = new Background(nginxProgram ?? "nginx", ["-p", folder, "-c", `${folder}/nginx.conf`]);
    for (const port of ports) await listening(port);
    return new Nginx(folder, ports, running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
