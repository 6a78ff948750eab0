import { resolve } from "node:path";

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

/** The words of a text, without the `--` that may stand before one that begins with a dash. */
export function textWords(words: readonly string[]): readonly string[] {
  return words[0] === "--" ? words.slice(1) : words;
}

/** A path on the command line, as who typed it means it: a script that goes to another folder first says where it was called. */
export function pathFromCaller(path: string): string {
  const folder = Deno.env.get("HORA_CALLED_FROM") ?? "";
  return folder === "" ? path : resolve(folder, path);
}

/** Standard output and error of commands, in one place, so that nothing else touches the console. */
export const out = (text: string): void => write(Deno.stdout, text);
export const err = (text: string): void => write(Deno.stderr, text);

/** What a shell reports of a program whose reader went away, as in `hora report | head`. */
const READER_GONE = 141;

function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(READER_GONE);
    throw error;
  }
}
