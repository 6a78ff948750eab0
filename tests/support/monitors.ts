import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../domain/config.ts";

/** A config from TOML text, as the program itself reads it. Throws what is wrong with it. */
export function configOf(text: string, env: Record<string, string> = {}): Config {
  const result = parseConfig(text, { file: "hora.toml", env });
  if (!result.ok) {
    throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  }
  return result.config;
}
