import { writeAll } from "./raw_server.ts";

/** An answer as it came over the wire. Header names are in lower case; one sent twice is joined by `, `. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Everything the server says after these bytes, until it ends the connection. */
export async function converse(port: number, ...parts: (string | Uint8Array)[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  for (const part of parts) await writeAll(connection, part);
  return await readToEnd(connection);
}

export async function readToEnd(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  try {
    for (let size; (size = await connection.read(buffer)) !== null;) {
      text += decoder.decode(buffer.subarray(0, size), { stream: true });
    }
  } catch { /* reset: what came before it counts */ }
  return text;
}

/** One request on a connection of its own; method, target and headers go out as they are written here. */
export async function ask(
  port: number,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): Promise<RawAnswer> {
  const lines = Object.entries({ host: "status.example.com", connection: "close", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  if (body !== "") lines.push(`content-length: ${new TextEncoder().encode(body).length}\r\n`);
  return parseAnswer(await converse(port, `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`));
}

/** Takes the text of one answer apart. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [first, ...lines] = text.slice(0, end < 0 ? undefined : end).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  return { status: Number(first.split(" ")[1] ?? 0), headers, body: end < 0 ? "" : text.slice(end + 4) };
}
