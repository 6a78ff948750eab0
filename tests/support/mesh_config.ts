import { formatProblem } from "../../config/load.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../domain/config.ts";

/** The config of a node in a mesh, from the sections that matter; throws with every problem in it. */
export function meshConfig(toml: string): Config {
  const result = parseConfig(`[page]\n[server]\n${toml}`, { file: "mesh.toml", env: {} });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}
