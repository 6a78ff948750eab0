import { parseArgs } from "node:util";
import type { BenchOptions } from "./report.ts";

/** `deno task bench [NAME…] [--scale 1d|7d|90d] [--json]`: without a name, all of them. */
const benches: Readonly<Record<string, () => Promise<{ run(options: BenchOptions): Promise<void> }>>> = {
  engine: () => import("./engine.ts"),
  http: () => import("./http.ts"),
  pages: () => import("./pages.tsx"),
  peers: () => import("./peers.ts"),
  store: () => import("./store.ts"),
  probes: () => import("./probes.ts"),
};

const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text + "\n"));

async function main(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { scale: { type: "string", default: "1d" }, json: { type: "boolean", default: false } },
  });
  const { scale, json } = values;
  if (scale !== "1d" && scale !== "7d" && scale !== "90d") {
    say(`--scale is 1d, 7d or 90d, got "${scale}"`);
    return 2;
  }
  const unknown = positionals.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    say(`No benchmark is called ${unknown.join(", ")}; there are: ${Object.keys(benches).join(", ")}`);
    return 2;
  }
  for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
    await (await benches[name]()).run({ scale, json });
  }
  return 0;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
