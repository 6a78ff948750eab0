import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
// @ts-types="npm:@types/dns-packet@5.6.5"
import packet, { type DecodedPacket, type Packet } from "dns-packet";
import { RawServer, writeAll } from "./raw_server.ts";

/** What goes back for one question: packets or bare bytes, in order; nothing for silence. */
export type Reply = (query: DecodedPacket, overTcp: boolean) => (Packet | Uint8Array)[];

/** An answer to the query, with whatever is to be different. */
export function answerTo(query: DecodedPacket, more: Partial<Packet> = {}): Packet {
  return { type: "response", id: query.id, flags: 0, questions: query.questions, answers: [], ...more };
}

const encoded = (part: Packet | Uint8Array): Uint8Array =>
  part instanceof Uint8Array ? part : new Uint8Array(packet.encode(part));

/** A resolver on UDP and TCP, same port, that answers as a function says; keeps the names it was asked for. */
export class OddResolver {
  readonly asked: string[] = [];
  readonly #udp;
  readonly #tcp: RawServer;

  private constructor(udp: ReturnType<typeof createSocket>, reply: Reply) {
    this.#udp = udp;
    udp.on("message", (bytes, from) => {
      const query = packet.decode(bytes);
      this.asked.push(query.questions![0].name);
      for (const part of reply(query, false)) udp.send(encoded(part), from.port, from.address);
    });
    this.#tcp = new RawServer(
      async (connection) => {
        const buffer = new Uint8Array(4_096);
        const size = await connection.read(buffer) ?? 0;
        const query = packet.streamDecode(Buffer.from(buffer.subarray(0, size))) as DecodedPacket;
        for (const part of reply(query, true)) {
          const bytes = encoded(part);
          await writeAll(connection, new Uint8Array([bytes.length >> 8, bytes.length & 255]));
          await writeAll(connection, bytes);
        }
        connection.close();
      },
      "127.0.0.1",
      udp.address().port,
    );
  }

  /** Binds anew until the port is free for both. */
  static async start(reply: Reply): Promise<OddResolver> {
    for (let tries = 0;; tries++) {
      const udp = createSocket("udp4");
      await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
      try {
        return new OddResolver(udp, reply);
      } catch (error) {
        await new Promise<void>((resolve) => udp.close(resolve));
        if (tries === 20) throw error;
      }
    }
  }

  get address(): string {
    return `127.0.0.1:${this.#udp.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#udp.close(resolve));
    await this.#tcp[Symbol.asyncDispose]();
  }
}
