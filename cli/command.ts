/** One subcommand of `hora`. Adding one is a file in `cli/` and a line in `cli/commands.ts`. */
export interface Command {
  readonly name: string;
  /** What may follow the name; empty: nothing. */
  readonly args: string;
  /** What it does, in a few words. */
  readonly about: string;
  /** Runs it and returns the exit code: 0 success, 1 failure, 2 wrong usage where the command says so. */
  run(args: readonly string[]): Promise<number>;
}

/** Standard output and error of commands, in one place, so that nothing else touches the console. */
export const out = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
export const err = (text: string): void => void Deno.stderr.writeSync(new TextEncoder().encode(text + "\n"));
