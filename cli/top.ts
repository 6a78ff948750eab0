import { parseArgs } from "node:util";
import { findConfigPath, loadConfig } from "../config/load.ts";
import { SECOND, systemClock } from "../domain/clock.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import { type Command, err } from "./command.ts";
import { localUrl, parseBind } from "./listen.ts";
import { drawTop, type TopState, type TopSummary } from "./top_screen.ts";

const REQUEST_MS = 10_000;
const BACK_OFF_MS = 15_000;
/** The selection must rest this long before its latencies are fetched. */
const REST_MS = 300;

interface Options {
  readonly url: string;
  readonly token: string | null;
  readonly intervalMs: number;
}

/** `hora top`: a terminal dashboard over the HTTP API of this or any other node. */
export const top: Command = {
  name: "top",
  args: "[--url U] [--token T] [--interval S]",
  about: "watch it in the terminal",
  async run(args) {
    let options: Options;
    try {
      options = await readOptions(args);
    } catch (error) {
      err(messageOf(error));
      return 1;
    }
    if (!Deno.stdout.isTerminal() || !Deno.stdin.isTerminal()) {
      err("hora top needs a terminal");
      return 1;
    }
    await new Dashboard(options).run();
    return 0;
  },
};

async function readOptions(args: readonly string[]): Promise<Options> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: "string" },
      token: { type: "string" },
      interval: { type: "string", default: "5" },
    },
  });
  const seconds = Number(values.interval);
  if (!Number.isFinite(seconds) || seconds < 1) {
    throw new StartupError("--interval takes seconds, at least 1");
  }
  const token = values.token ?? Deno.env.get("HORA_TOKEN") ?? null;
  const url = (values.url ?? await urlFromConfig()).replace(/\/+$/, "");
  if (URL.parse(url) === null) throw new StartupError(`--url is not a URL: ${url}`);
  return { url, token: token === "" ? null : token, intervalMs: seconds * SECOND };
}

async function urlFromConfig(): Promise<string> {
  const env = Deno.env.toObject();
  const loaded = await loadConfig(await findConfigPath(env), env);
  if (!loaded.ok) {
    throw new StartupError("the configuration has mistakes, see `hora check`; or name a node with --url");
  }
  const { hostname, port } = parseBind(loaded.config.server.bind);
  return localUrl(hostname, port);
}

class Dashboard {
  readonly #options: Options;
  readonly #ending = new AbortController();
  #state: TopState;
  #nap = new AbortController();
  #rest = new AbortController();
  #onEnter: ((text: string) => Promise<void>) | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#state = {
      url: options.url,
      summary: null,
      updatedAt: null,
      selected: null,
      latencies: [],
      trouble: null,
      notice: null,
      input: null,
    };
  }

  async run(): Promise<void> {
    Deno.stdin.setRaw(true);
    this.#write("\x1b[?1049h\x1b[?25l");
    const reader = Deno.stdin.readable.getReader();
    try {
      const refreshing = this.#refreshing();
      while (!this.#ending.signal.aborted) {
        const { value, done } = await reader.read();
        if (done) break;
        for (const key of keysOf(new TextDecoder().decode(value))) this.#press(key);
      }
      this.#end();
      await refreshing;
    } finally {
      reader.cancel().catch(() => {});
      this.#write("\x1b[?25h\x1b[?1049l");
      Deno.stdin.setRaw(false);
    }
  }

  #end(): void {
    this.#ending.abort();
    this.#nap.abort();
    this.#rest.abort();
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }

  #show(change: Partial<TopState>): void {
    this.#state = { ...this.#state, ...change };
    const { columns, rows } = Deno.consoleSize();
    const lines = drawTop(this.#state, columns, rows);
    this.#write("\x1b[H" + lines.map((line) => `${line}\x1b[K`).join("\r\n") + "\x1b[J");
  }

  async #refreshing(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const waitMs = await this.#refresh();
      this.#nap = new AbortController();
      await systemClock.sleep(waitMs, this.#nap.signal);
    }
  }

  /** Returns how long to wait before the next one. */
  async #refresh(): Promise<number> {
    try {
      const answer = await this.#ask("GET", "/api/summary");
      if (answer.status === 429) {
        await answer.body?.cancel();
        this.#show({ trouble: "asked too often, waiting 15 s" });
        return BACK_OFF_MS;
      }
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const summary = await answer.json() as TopSummary;
      const isThere = summary.monitors.some(({ id }) => id === this.#state.selected);
      const selected = isThere ? this.#state.selected : summary.monitors[0]?.id ?? null;
      this.#show({ summary, updatedAt: systemClock.now(), trouble: null, selected });
      if (!isThere) this.#fetchLatencies();
    } catch (error) {
      this.#show({ trouble: `cannot refresh: ${messageOf(error)}` });
    }
    return this.#options.intervalMs;
  }

  #ask(method: string, path: string): Promise<Response> {
    const { url, token } = this.#options;
    return fetch(url + path, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_MS), this.#ending.signal]),
    });
  }

  async #fetchLatencies(): Promise<void> {
    this.#rest.abort();
    const rest = this.#rest = new AbortController();
    await systemClock.sleep(REST_MS, rest.signal);
    const id = this.#state.selected;
    if (rest.signal.aborted || id === null) return;
    try {
      const answer = await this.#ask("GET", `/api/monitors/${encodeURIComponent(id)}/latency?hours=24`);
      const points = answer.ok ? await answer.json() as { latency_ms: number }[] : [];
      if (!rest.signal.aborted) this.#show({ latencies: points.map(({ latency_ms }) => latency_ms) });
    } catch (error) {
      if (!rest.signal.aborted) this.#show({ notice: `no latencies: ${messageOf(error)}` });
    }
  }

  #press(key: string): void {
    if (key === "\x03") return this.#end();
    if (this.#state.input !== null) return this.#type(key);
    switch (key) {
      case "q":
      case "\x1b":
        return this.#end();
      case "j":
      case "\x1b[B":
        return this.#move(1);
      case "k":
      case "\x1b[A":
        return this.#move(-1);
      case "r":
        return this.#nap.abort();
      case "a":
        return this.#open(
          "announce (title :: body --severity S --until T)",
          "",
          (text) => this.#announce(text),
        );
      case "s":
        return this.#open(`silence ${this.#state.selected ?? ""} for`, "10m", (text) => this.#silence(text));
      case "C":
        return void this.#act("DELETE", "/api/announce", "banners cleared");
    }
  }

  #move(by: 1 | -1): void {
    const ids = this.#state.summary?.monitors.map(({ id }) => id) ?? [];
    if (ids.length === 0) return;
    const at = ids.indexOf(this.#state.selected ?? "");
    this.#show({ selected: ids[(at + by + ids.length) % ids.length], latencies: [] });
    void this.#fetchLatencies();
  }

  #open(label: string, text: string, onEnter: (text: string) => Promise<void>): void {
    this.#onEnter = onEnter;
    this.#show({ input: { label, text } });
  }

  #type(key: string): void {
    const { label, text } = this.#state.input!;
    if (key === "\x1b") return this.#show({ input: null });
    if (key === "\r" || key === "\n") {
      this.#show({ input: null });
      return void this.#onEnter?.(text);
    }
    if (key === "\x7f" || key === "\b") {
      return this.#show({ input: { label, text: [...text].slice(0, -1).join("") } });
    }
    if (key >= " " && !key.startsWith("\x1b")) this.#show({ input: { label, text: text + key } });
  }

  async #announce(text: string): Promise<void> {
    await this.#act("POST", `/api/announce?${announcementQuery(text)}`, "banner pinned");
  }

  async #silence(duration: string): Promise<void> {
    const monitors = this.#state.selected;
    if (monitors === null) return;
    const query = new URLSearchParams({
      monitors,
      duration: duration.trim(),
      reason: "silenced from hora top",
    });
    await this.#act("POST", `/api/silence?${query}`, `${monitors} silenced`);
  }

  async #act(method: string, path: string, done: string): Promise<void> {
    if (this.#options.token === null) return this.#show({ notice: "needs a token: --token or HORA_TOKEN" });
    try {
      const answer = await this.#ask(method, path);
      const text = (await answer.text()).replace(/\s+/g, " ").slice(0, 120);
      this.#show({ notice: answer.ok ? done : `refused: ${text}` });
      this.#nap.abort();
    } catch (error) {
      this.#show({ notice: `failed: ${messageOf(error)}` });
    }
  }
}

/** `title :: body --severity S --until T` as the query of `POST /api/announce`; the severity is `warning` unless given. */
export function announcementQuery(text: string): URLSearchParams {
  const query = new URLSearchParams({ severity: "warning" });
  const rest = text.replace(/\s--(severity|until)[ =](\S+)/g, (_, name: string, value: string) => {
    query.set(name, value);
    return "";
  });
  const [title, ...body] = rest.split("::");
  query.set("title", title.trim());
  if (body.length > 0) query.set("body", body.join("::").trim());
  return query;
}

/** Takes what one read gave apart into keys: escape sequences whole, all else by character. */
export function keysOf(text: string): string[] {
  // deno-lint-ignore no-control-regex
  return text.match(/\x1b\[[0-9;]*[A-Za-z~]|[^]/gu) ?? [];
}
