import assert from "node:assert/strict";
import { StartupError } from "../domain/errors.ts";
import { localUrl, parseBind } from "./listen.ts";

Deno.test("parseBind() takes addresses, names and IPv6 with and without brackets", () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1:8787", "127.0.0.1", 8787],
    ["localhost:0", "localhost", 0],
    [":8080", "0.0.0.0", 8080],
    ["[::]:8787", "::", 8787],
    ["[::1]:65535", "::1", 65_535],
    ["::1:8787", "::1", 8787],
    [":::8787", "::", 8787],
  ];
  for (const [bind, hostname, port] of cases) assert.deepEqual(parseBind(bind), { hostname, port }, bind);
});

Deno.test("parseBind() refuses the rest", () => {
  for (const bind of ["", "8787", "127.0.0.1", "[::1]", "127.0.0.1:65536", "a:b:80", "unix:/run/hora.sock"]) {
    assert.throws(() => parseBind(bind), StartupError, bind);
  }
});

Deno.test("localUrl() is where this machine reaches it", () => {
  assert.equal(localUrl("0.0.0.0", 1), "http://127.0.0.1:1");
  assert.equal(localUrl("::", 1), "http://[::1]:1");
  assert.equal(localUrl("192.0.2.1", 1), "http://192.0.2.1:1");
});
