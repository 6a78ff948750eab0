import { createSocket } from "node:dgram";
import { connect, createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer } from "node:tls";
import packet from "dns-packet";
import { type Fate, mirror } from "./mirror.ts";
import { check, monitorFrom } from "./probing.ts";
import { answering, RawServer, untilEnded } from "./raw_server.ts";
import { runProgram } from "./programs.ts";

/** What runs inside a network namespace; see `isolated.ts`. Each prints what it found as JSON. */

const http = (target: string, lines = "") => check(monitorFrom("http", `target = "${target}"\n${lines}`));

const isEchoRequest = (bytes: Uint8Array): boolean => bytes[9] === 1 && bytes[20] === 8;

async function link(fate: Fate): Promise<void> {
  mirror("probe0", fate);
  await runProgram("ip", ["addr", "add", "10.99.0.1/24", "dev", "probe0"]);
  await runProgram("ip", ["link", "set", "probe0", "up"]);
}

/** Answers one name with one address, anything else with NXDOMAIN. */
function nameServer(name: string, address: string): Promise<string[]> {
  const asked: string[] = [];
  const server = createSocket("udp4");
  server.on("message", (bytes, from) => {
    const query = packet.decode(bytes);
    const question = query.questions![0];
    asked.push(question.name);
    const isOurs = question.name === name && question.type === "A";
    server.send(
      packet.encode({
        type: "response",
        id: query.id,
        flags: isOurs ? 0 : 3,
        questions: [question],
        answers: isOurs ? [{ type: "A", name, data: address, ttl: 1 }] : [],
      }),
      from.port,
      from.address,
    );
  });
  return new Promise((resolve) => server.bind(53, "127.0.0.1", () => resolve(asked)));
}

const filesOf = async ({ cert, key }: { cert: string; key: string }) => ({
  cert: await Deno.readTextFile(cert),
  key: await Deno.readTextFile(key),
});

/** The port on which a server now listens. */
async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return (server.address() as { port: number }).port;
}

const cases: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  ping: (targets: string[]) =>
    Promise.all(
      targets.map((target) =>
        check(monitorFrom("icmp", `target = "${target}"\npackets = 3\ntimeout_secs = 1`))
      ),
    ),
  pingMany: () =>
    check(
      monitorFrom("icmp", 'target = "127.0.0.1"\npackets = 20\ntimeout_secs = 9\ndegraded_loss_percent = 5'),
    ),

  /** Every fourth request is lost, each packet is 20 ms late, every other request 30 ms more. */
  slowLossyPing: async () => {
    let requests = 0;
    await link((bytes) => {
      if (!isEchoRequest(bytes)) return 20;
      requests += 1;
      return requests % 4 === 0 ? null : requests % 2 === 0 ? 50 : 20;
    });
    return await check(
      monitorFrom("icmp", 'target = "10.99.0.2"\npackets = 8\ntimeout_secs = 9\ndegraded_loss_percent = 10'),
    );
  },

  /** Each packet is 60 ms late; the first wish to connect is lost, so the system asks again. */
  slowLossyTcp: async () => {
    let wishes = 0;
    await link((bytes) => bytes[9] === 6 && (bytes[33] & 0x12) === 2 && wishes++ === 0 ? null : 60);
    await using server = new RawServer(untilEnded, "0.0.0.0");
    return await check(monitorFrom("tcp", `target = "10.99.0.2:${server.port}"\ntimeout_secs = 9`));
  },

  /** Nothing ever comes back. */
  blackHole: async () => {
    await link(() => null);
    const one = (kind: "tcp" | "tls" | "icmp", target: string) =>
      check(monitorFrom(kind, `target = "${target}"\ntimeout_secs = 1`));
    return [
      await one("tcp", "10.99.0.2:80"),
      await one("tls", "10.99.0.2:443"),
      await one("icmp", "10.99.0.2"),
      await http("http://10.99.0.2/", "timeout_secs = 1"),
    ];
  },

  withoutIpv6: async () => {
    await using server = new RawServer(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    const { port } = server;
    return [
      await http(`http://127.0.0.1:${port}/`),
      await http(`http://[::1]:${port}/`),
      await check(monitorFrom("tcp", `target = "[2001:db8::1]:${port}"`)),
      await check(monitorFrom("icmp", 'target = "::1"\ntimeout_secs = 1')),
      await http(`http://localhost:${port}/`),
      await http(`http://localhost:${port}/`, "dual_stack = true"),
    ];
  },

  /** A server on a public address sends its visitors home. */
  redirectHome: async () => {
    await using home = new RawServer(answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"));
    const moved = (to: string) =>
      answering(`HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`);
    const found = [];
    for (
      const to of [
        `http://127.0.0.1:${home.port}/`,
        `http://localhost:${home.port}/`,
        `http://[::ffff:127.0.0.1]:${home.port}/`,
      ]
    ) {
      await using server = new RawServer(moved(to), "192.88.99.7");
      const target = `http://192.88.99.7:${server.port}/`;
      found.push([
        await http(target, 'keyword = "secret"'),
        await http(target, 'keyword = "secret"\nallow_private_redirects = false'),
      ]);
    }
    return found;
  },

  searchList: async () => {
    const asked = await nameServer("www.corp.test", "192.0.2.7");
    const lines = 'target = "www"\ndns_expected = "192.0.2.7"';
    const outcome = await check(monitorFrom("dns", lines));
    return { outcome, asked, missing: await check(monitorFrom("dns", 'target = "absent.corp.test."')) };
  },

  /** A proxy that itself speaks TLS, before a TLS server and a plain one; the last outcome is of a proxy that nobody vouches for. */
  httpsProxy: async ({ site, stranger }: Record<"site" | "stranger", { cert: string; key: string }>) => {
    const body = `HTTP/1.1 200 OK\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n${
      "x".repeat(19_996)
    }good`;
    const answer = (socket: Socket) => socket.on("error", () => {}).once("data", () => socket.end(body));
    const secure = await listening(createServer(await filesOf(site), answer));
    const plain = await listening(createPlainServer(answer));
    const heads = { trusted: new Set<string>(), doubtful: new Set<string>() };
    const forward = (seen: Set<string>) => (client: Socket) => {
      client.on("error", () => {}).once("data", (head: Uint8Array) => {
        const text = new TextDecoder().decode(head);
        seen.add(text);
        const isConnect = text.startsWith("CONNECT ");
        const behind = connect(isConnect ? secure : plain, "127.0.0.1", () => {
          if (isConnect) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
          else behind.write(head);
          client.pipe(behind).on("error", () => {}).pipe(client);
        });
      });
    };
    const proxy = await listening(createServer(await filesOf(site), forward(heads.trusted)));
    const doubtful = await listening(createServer(await filesOf(stranger), forward(heads.doubtful)));
    const through = (target: string, port: number) =>
      http(target, `proxy = "https://me:pw@localhost:${port}"\nkeyword = "good"`);
    return {
      outcomes: [
        await through(`https://localhost:${secure}/`, proxy),
        await through(`http://localhost:${plain}/a?b`, proxy),
        await through(`https://localhost:${secure}/`, doubtful),
        await through(`https://localhost:${secure}/`, plain),
      ],
      heads: { trusted: [...heads.trusted], doubtful: [...heads.doubtful] },
    };
  },

  installedRoot: async (site: { cert: string; key: string }) => {
    const port = await listening(createServer(await filesOf(site), (socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }));
    return [
      await http(`https://localhost:${port}/`),
      await check(monitorFrom("tls", `target = "localhost:${port}"`)),
    ];
  },
};

const found = await cases[Deno.args[0]](JSON.parse(Deno.args[1]) as never);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(found) + "\n"));
Deno.exit(0);
