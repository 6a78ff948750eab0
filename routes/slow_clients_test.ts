import assert from "node:assert/strict";
import { Connections } from "./slow_clients.ts";

Deno.test({
  name: "connections to our port are found with the permissions that Hora runs with",
  ignore: Deno.build.os !== "linux",
  permissions: { ffi: true, net: true, read: false, write: false, env: false, run: false, sys: false },
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    using _client = await Deno.connect({ hostname: "127.0.0.1", port });
    using _ours = await listener.accept();
    using connections = new Connections(port);
    const found = connections.descriptors().map((fd) => connections.look(fd)).filter((facts) =>
      facts !== null
    );
    assert.equal(found.length, 1);
  },
});
