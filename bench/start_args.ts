import project from "../deno.json" with { type: "json" };

/** Deno's arguments that start Hora as `deno task start` does, its flags included, from any folder. */
export function startArgs(): string[] {
  const [, ...args] = project.tasks.start.split(" ");
  return [...args.slice(0, -1), new URL(`../${args.at(-1)}`, import.meta.url).pathname];
}
