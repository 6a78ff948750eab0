/** The real command, as an operator runs it. */
export interface HoraProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves once the status page answers. Rejects with what it said when it ended before. */
  readonly url: Promise<string>;
  /** Standard error so far. */
  log(): string;
  /** Resolves when the log holds the text. */
  logged(text: string): Promise<void>;
  signal(name: Deno.Signal): void;
  /** Exit code; 128 + n after a signal. */
  readonly ended: Promise<number>;
}

const root = new URL("../../", import.meta.url).pathname;

/** Starts `deno run -A main.ts` with exactly this environment on top of what a process needs. */
export function runHora(folder: string, env: Record<string, string> = {}, args: string[] = []): HoraProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}main.ts`, ...args],
    cwd: folder,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? folder,
      ...(Deno.env.get("DENO_DIR") === undefined ? {} : { DENO_DIR: Deno.env.get("DENO_DIR")! }),
      NO_COLOR: "1",
      HORA_BIND: "127.0.0.1:0",
      HORA_DATABASE_PATH: `${folder}/hora.db`,
      HORA_CONFIG: `${folder}/hora.toml`,
      ...env,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  let isOver = false;
  const waiting = new Set<() => void>();
  const wake = () => [...waiting].forEach((look) => look());
  const reading = (async () => {
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      wake();
    }
    isOver = true;
    wake();
  })();
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`It never said so within half a minute:\n${text}`));
      }, 30_000);
      const look = () => {
        const found = find();
        if (found === undefined && !isOver) return;
        waiting.delete(look);
        clearTimeout(giveUp);
        if (found !== undefined) resolve(found);
        else reject(new Error(`Hora ended first:\n${text}`));
      };
      waiting.add(look);
      look();
    });
  const url = until(() => /Status page: (\S+)\//.exec(text)?.[1]);
  url.catch(() => {});
  const ended = child.status.then(async ({ code }) => {
    await reading;
    return code;
  });
  return {
    pid: child.pid,
    url,
    log: () => text,
    logged: (wanted) => until(() => text.includes(wanted) || undefined).then(() => {}),
    signal: (name) => child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch { /* it ended */ }
      await ended;
    },
  };
}

/** Asks again and again until the answer satisfies; every answer is a fact, none of them a guess about time. */
export async function eventually<T>(ask: () => Promise<T>, isEnough: (answer: T) => boolean): Promise<T> {
  for (let left = 600; left > 0; left--) {
    const answer = await ask();
    if (isEnough(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`It never became so; at last: ${JSON.stringify(await ask())}`);
}
