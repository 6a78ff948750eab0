import { RawServer, untilEnded, writeAll } from "./raw_server.ts";

/** One message as it arrived whole. */
export interface Mail {
  readonly event: string;
  readonly monitor: string;
  readonly id?: string;
  readonly incident_id?: number;
  readonly url?: string;
  readonly [field: string]: unknown;
}

/**
 * What a box does with a message: takes it; takes it and never says so; loses it with the line open; closes the line; answers 503, 429
 * with a pause of three seconds, or 400.
 */
export type BoxMode = "takes" | "holds" | "loses" | "closes" | "refuses" | "delays" | "rejects";

interface Box {
  mode: BoxMode;
  /** How many messages it may still take in its mode before it holds; null: any number. */
  takesBefore: number | null;
  readonly mails: Mail[];
  tries: number;
}

const answers: Partial<Record<BoxMode, string>> = {
  takes: "200 OK\r\n",
  refuses: "503 Service Unavailable\r\n",
  delays: "429 Too Many Requests\r\nRetry-After: 3\r\n",
  rejects: "400 Bad Request\r\n",
};

/** A receiver for webhooks, one box a path, each with its own manners. It speaks HTTP by hand, so that it can break off anywhere. */
export class PostOffice implements AsyncDisposable {
  readonly #server: RawServer;
  readonly #boxes = new Map<string, Box>();
  readonly #waiting = new Set<() => void>();

  constructor(port = 0) {
    this.#server = new RawServer((connection) => this.#serve(connection), "127.0.0.1", port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  box(name: string): Box {
    let box = this.#boxes.get(name);
    if (box === undefined) {
      this.#boxes.set(name, box = { mode: "takes", takesBefore: null, mails: [], tries: 0 });
    }
    return box;
  }

  /** Resolves when the box is as wanted; rejects after a minute and a half with what it holds. */
  async until(name: string, isSo: (box: Box) => boolean): Promise<void> {
    const box = this.box(name);
    const given = Promise.withResolvers<void>();
    const look = () => isSo(box) ? given.resolve() : undefined;
    const timer = setTimeout(
      () => given.reject(new Error(`box ${name} never became so: ${JSON.stringify(box)}`)),
      90_000,
    );
    this.#waiting.add(look);
    look();
    try {
      await given.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const { path, body } = await readRequest(connection);
    const box = this.box(path.slice(1));
    box.tries += 1;
    if (box.takesBefore !== null && box.mode === "takes" && box.takesBefore-- === 0) box.mode = "holds";
    if (box.mode === "takes" || box.mode === "holds") box.mails.push(JSON.parse(body));
    for (const look of this.#waiting) look();
    const answer = answers[box.mode];
    if (answer !== undefined) {
      await writeAll(connection, `HTTP/1.1 ${answer}Content-Length: 0\r\nConnection: close\r\n\r\n`);
    } else if (box.mode !== "closes") await untilEnded(connection);
    connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/** The path and the whole body of one request. */
async function readRequest(connection: Deno.TcpConn): Promise<{ path: string; body: string }> {
  const buffer = new Uint8Array(65_536);
  let bytes = new Uint8Array();
  for (;;) {
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/^content-length: *(\d+)/mi.exec(text)?.[1] ?? 0);
    if (end >= 0 && bytes.length >= end + 4 + length) {
      return { path: text.split(" ")[1], body: new TextDecoder().decode(bytes.subarray(end + 4)) };
    }
    const size = await connection.read(buffer);
    if (size === null) throw new Error("the request broke off");
    bytes = new Uint8Array([...bytes, ...buffer.subarray(0, size)]);
  }
}
