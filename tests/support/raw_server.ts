/** A TCP server whose every connection is served by a function; closed with all its connections by `using`. */
export class RawServer {
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #serving: Promise<void>;
  connections = 0;

  constructor(
    serve: (connection: Deno.TcpConn) => Promise<void> | void,
    hostname = "127.0.0.1",
    port = 0,
  ) {
    this.#listener = Deno.listen({ hostname, port });
    this.#serving = this.#accept(serve);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(serve: (connection: Deno.TcpConn) => Promise<void> | void): Promise<void> {
    const running: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) {
        this.connections += 1;
        this.#open.add(connection);
        running.push((async () => {
          try {
            await serve(connection);
          } catch { /* the other side went away */ }
        })());
      }
    } catch { /* closed */ }
    await Promise.all(running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) {
      try {
        connection.close();
      } catch { /* closed by its function */ }
    }
    await this.#serving;
  }
}

/** The request's head, then whatever is given is written, and the connection ends. */
export function answering(...parts: (string | Uint8Array)[]): (connection: Deno.TcpConn) => Promise<void> {
  return async (connection) => {
    await readHeadText(connection);
    for (const part of parts) await writeAll(connection, part);
    connection.close();
  };
}

export async function readHeadText(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(16_384);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const size = await connection.read(buffer);
    if (size === null) break;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, size));
  }
  return text;
}

export async function writeAll(connection: Deno.TcpConn, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Keeps the connection open until the other side ends it. */
export async function untilEnded(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  while (await connection.read(buffer) !== null) { /* nothing is said */ }
}
