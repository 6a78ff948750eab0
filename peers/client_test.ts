import assert from "node:assert/strict";
import { Secret } from "../domain/secret.ts";
import { createNodeClient, type NodeRequest } from "./client.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: string;
}

/** A server on a free port that remembers what it was asked. */
function serve(answer: (request: Request) => Response | Promise<Response>, hostname = "127.0.0.1") {
  const seen: Seen[] = [];
  const server = Deno.serve({ port: 0, hostname, onListen: () => {} }, async (request) => {
    const url = new URL(request.url);
    const token = request.headers.get("x-push-token");
    seen.push({ method: request.method, path: url.pathname + url.search, token, body: await request.text() });
    return await answer(request);
  });
  const origin = `http://${hostname}:${server.addr.port}`;
  return { origin, seen, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function ask(url: string, more: Partial<NodeRequest> = {}) {
  const client = createNodeClient();
  try {
    return await client({
      method: "POST",
      url,
      token: new Secret("s3cret-token"),
      timeoutMs: 2_000,
      maxBodyBytes: 1_024,
      signal: new AbortController().signal,
      ...more,
    });
  } finally {
    client.close();
  }
}

const redirect = (status: number, location: string) => new Response(null, { status, headers: { location } });

for (const status of [301, 302, 307, 308]) {
  Deno.test(`the node client repeats a POST with token and body after a ${status} on the same host`, async () => {
    await using node = serve((request) =>
      new URL(request.url).pathname === "/old" ? redirect(status, "/new?x=1") : new Response("fine")
    );
    const answer = await ask(`${node.origin}/old`, { json: { a: 1 } });
    assert.ok(answer.ok);
    assert.equal(answer.body, "fine");
    assert.deepEqual(node.seen[1], {
      method: "POST",
      path: "/new?x=1",
      token: "s3cret-token",
      body: '{"a":1}',
    });
  });
}

Deno.test("the node client never takes a token or a body to another host, and says what to do", async () => {
  await using other = serve(() => new Response("fine"), "127.0.0.2");
  await using node = serve(() => redirect(307, `${other.origin}/x`));
  for (const more of [{}, { token: null, json: { target: "https://inside.example/" } }]) {
    const answer = await ask(node.origin, more);
    assert.ok(!answer.ok);
    assert.match(answer.reason, /redirects to another host \(127\.0\.0\.2:\d+\).*set the URL to it/);
  }
  assert.deepEqual(other.seen, []);
});

Deno.test("the node client follows a bare ping to another host without any token", async () => {
  await using other = serve(() => new Response("fine"), "127.0.0.2");
  await using node = serve(() => redirect(308, `${other.origin}/x`));
  assert.ok((await ask(node.origin, { token: null })).ok);
  assert.deepEqual(other.seen, [{ method: "POST", path: "/x", token: null, body: "" }]);
});

const odd: [name: string, answer: (request: Request) => Response | Promise<Response>, reason: RegExp][] = [
  ["a 303", () => redirect(303, "/elsewhere"), /^HTTP 303: the answer is elsewhere, nothing was recorded$/],
  ["a redirect to a file", () => redirect(302, "file:///etc/passwd"), /redirects to no valid URL/],
  ["a redirect without end", () => redirect(302, "/again"), /Redirected more than 5 times/],
  ["an error", () => new Response("secret words", { status: 500 }), /^HTTP 500$/],
  ["a body above the limit", () => new Response("x".repeat(1_025)), /^The answer is larger than 1 KiB$/],
];

for (const [name, answer, reason] of odd) {
  Deno.test(`the node client turns ${name} into a reason`, async () => {
    await using node = serve(answer);
    const got = await ask(`${node.origin}/hook/very-secret`);
    assert.ok(!got.ok);
    assert.match(got.reason, reason);
    assert.doesNotMatch(got.reason, /very-secret|s3cret/);
  });
}

Deno.test("the node client reads no more than the limit of a body without end", async () => {
  let sent = 0;
  let cancelled = false;
  await using node = serve(() =>
    new Response(
      new ReadableStream({
        pull(stream) {
          sent += 65_536;
          stream.enqueue(new Uint8Array(65_536));
        },
        cancel() {
          cancelled = true;
        },
      }),
    )
  );
  const answer = await ask(node.origin);
  assert.ok(!answer.ok && /larger than/.test(answer.reason));
  assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were produced`);
  while (!cancelled) await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("the node client gives up on a server that never answers", async () => {
  using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const answer = await ask(`http://127.0.0.1:${silent.addr.port}/hook/very-secret`, { timeoutMs: 150 });
  assert.deepEqual(answer, { ok: false, status: null, reason: "No answer within 0.15 s" });
});

Deno.test("the node client gives up on a body that stops half way", async () => {
  const held = Promise.withResolvers<void>();
  await using node = serve(() =>
    new Response(
      new ReadableStream({
        async start(stream) {
          stream.enqueue(new TextEncoder().encode("{"));
          await held.promise;
          stream.close();
        },
      }),
    )
  );
  const answer = await ask(node.origin, { timeoutMs: 150 });
  held.resolve();
  assert.ok(!answer.ok && /^No answer within/.test(answer.reason));
});

Deno.test("the node client speaks of refused connections without naming the URL", async () => {
  const closed = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = closed.addr;
  closed.close();
  const answer = await ask(`http://127.0.0.1:${port}/hook/very-secret`);
  assert.ok(!answer.ok);
  assert.match(answer.reason, /refused/i);
  assert.doesNotMatch(answer.reason, /very-secret|http:/);
});

Deno.test("the node client takes garbage instead of HTTP for trouble", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const served = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("\x00\x01garbage\r\n\r\n"));
      connection.close();
    }
  })();
  const answer = await ask(`http://127.0.0.1:${listener.addr.port}/`);
  listener.close();
  await served;
  assert.ok(!answer.ok && answer.status === null);
});
