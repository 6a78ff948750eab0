import project from "../deno.json" with { type: "json" };

const words = project.tasks.start.command.split(" ");
const isAssignment = (word: string) => /^[A-Z_]+=/.test(word);

/** Deno's arguments that start Hora as `deno task start` does once it is built, its flags included, from any folder. */
export function startArgs(): string[] {
  const args = words.slice(words.indexOf("deno") + 1);
  return [...args.slice(0, -1), new URL(`../${args.at(-1)}`, import.meta.url).pathname];
}

/** The environment variables that `deno task start` sets. */
export function startEnv(): Record<string, string> {
  return Object.fromEntries(words.filter(isAssignment).map((word) => word.split("=", 2)));
}
