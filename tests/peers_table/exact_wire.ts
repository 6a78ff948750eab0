import assert from "node:assert/strict";
import { shared } from "../support/mesh_play.ts";
import type { OtherNode } from "../support/other_node.ts";
import type { ProcessMesh } from "../support/process_mesh.ts";
import type { Receiver } from "../support/receiver.ts";
import { tokenOf } from "./mesh.ts";

/** Byte for byte what a node of the other program sends and reads. */
export async function exactWire(
  t: Deno.TestContext,
  mesh: ProcessMesh,
  other: OtherNode,
  target: string,
  hosted: Receiver,
): Promise<void> {
  const step = (name: string, fn: () => void | Promise<void>) => t.step({ ...shared, name, fn });
  const sent = mesh.line("a>o").wire;
  await step("on the wire: our heartbeats", () => {
    const [head] = /POST \/api\/push\/a\?[^]*?\r\n\r\n/.exec(sent) ?? [""];
    assert.match(head, /^POST \/api\/push\/a\?status=up&msg=ok\+mon%3D2\+tick%3D\d+s HTTP\/1\.1\r\n/);
    assert.match(head, new RegExp(`^x-push-token: ${tokenOf("a", "o")}\r$`, "mi"));
    assert.match(head, /^user-agent: hora\/\S+\r$/mi);
    assert.match(head, /^content-length: 0\r$/mi);
    assert.ok(
      hosted.seen.some(({ method, path, query }) =>
        `${method} ${path} ${query.get("status")}` === "POST /ping up"
      ),
    );
  });
  await step("on the wire: our questions", () => {
    const [question] = /POST \/api\/peer\/probe [^]*?\r\n\r\n\{[^}]*\}/.exec(sent) ?? [""];
    assert.match(question, /^content-type: application\/json\r$/mi);
    assert.match(question, new RegExp(`^x-push-token: ${tokenOf("a", "o")}\r$`, "mi"));
    const { fingerprint, ...known } = JSON.parse(question.slice(question.indexOf("{")));
    assert.match(fingerprint, /^[0-9a-f]{32}$/);
    assert.deepEqual(Object.entries(known), [["from", "a"], ["kind", "http"], ["target", known.target]]);
    assert.match(sent, /^GET \/healthz HTTP\/1\.1\r$/m);
  });
  const ask = async (body: string, token: string | null = tokenOf("o", "a"), type = "application/json") => {
    const lines = [
      "POST /api/peer/probe HTTP/1.1",
      `content-type: ${type}`,
      ...(token === null ? [] : [`x-push-token: ${token}`]),
      "accept: */*",
      "user-agent: hora/0.7.2",
      `host: 127.0.0.1:${mesh.port("a")}`,
      `content-length: ${body.length}`,
      "connection: close",
    ];
    using socket = await Deno.connect({ hostname: "127.0.0.1", port: mesh.port("a") });
    await socket.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n${body}`));
    const answer = await new Response(socket.readable).text();
    const [head, text] = answer.split(/\r\n\r\n(.*)/s);
    return {
      status: Number(head.split(" ")[1]),
      type: /^content-type: (.*?)\r?$/mi.exec(head)?.[1],
      text: /^transfer-encoding: chunked/mi.test(head)
        ? text.replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/gi, "")
        : text,
    };
  };
  const from = (kind: string, about: string, more = {}) =>
    JSON.stringify({ from: "o", kind, target: about, ...more });
  const refused = { status: 401, text: "unknown peer or invalid token" };
  const notHere = { status: 404, text: "target not in this node's configuration" };
  const questions: [
    name: string,
    asked: ReturnType<typeof ask>,
    answer: { status: number; text: string | RegExp },
  ][] = [
    ["kind and target", ask(from("http", target)), { status: 200, text: '{"up":true}' }],
    ["a field that nobody knows", ask(from("http", target, { more: [1] })), {
      status: 200,
      text: '{"up":true}',
    }],
    ["a fingerprint of another kind", ask(from("http", target, { fingerprint: { of: 1 } })), {
      status: 200,
      text: '{"up":true}',
    }],
    ["a type with parameters", ask(from("http", target), undefined, "application/json; charset=utf-8"), {
      status: 200,
      text: '{"up":true}',
    }],
    ["a type of the JSON family", ask(from("http", target), undefined, "application/hora+json"), {
      status: 200,
      text: '{"up":true}',
    }],
    ["a fingerprint that matches nothing", ask(from("http", target, { fingerprint: "0".repeat(32) })), {
      status: 200,
      text: '{"up":true}',
    }],
    ["another target", ask(from("http", `${target}/`)), notHere],
    ["another kind", ask(from("tcp", target)), notHere],
    ["exec without a target", ask(from("exec", "")), notHere],
    ["push", ask(from("push", "")), notHere],
    ["a wrong token", ask(from("http", target), "wrong"), refused],
    ["no token", ask(from("http", target), null), refused],
    ["an unknown node", ask(JSON.stringify({ from: "x", kind: "http", target })), refused],
    ["no JSON", ask("{"), { status: 400, text: /^Failed to parse the request body as JSON/ }],
    ["no target", ask(JSON.stringify({ from: "o", kind: "http" })), {
      status: 422,
      text: /^Failed to deserialize the JSON body/,
    }],
    ["an unknown kind", ask(from("ftp", target)), {
      status: 422,
      text: /^Failed to deserialize the JSON body/,
    }],
    ["a form", ask("a=b", undefined, "application/x-www-form-urlencoded"), {
      status: 415,
      text: "Expected request with `Content-Type: application/json`",
    }],
  ];
  for (const [name, asked, { status, text }] of questions) {
    await step(`on the wire: asked with ${name}, we answer ${status}`, async () => {
      const answer = await asked;
      assert.equal(answer.status, status);
      if (typeof text === "string") assert.equal(answer.text, text);
      else assert.match(answer.text, text);
      assert.match(answer.type ?? "", status === 200 ? /^application\/json$/ : /^text\/plain/);
    });
  }
  await step("on the wire: the other program reads our /healthz and pings by query, too", async () => {
    const origin = `http://127.0.0.1:${mesh.port("a")}`;
    assert.equal(await other.poll(origin, "b"), "up");
    assert.equal(await other.poll(origin, "o"), "up");
    assert.equal(await other.ask(origin, tokenOf("o", "a"), "http", target), true);
    assert.equal(await other.beat(`${origin}/api/push/o?token=${tokenOf("o", "a")}`, null), true);
    assert.equal(await other.beat(`${origin}/api/push/o?token=${tokenOf("o", "a")}`, "wrong"), false);
  });
}
