import assert from "node:assert/strict";
import { codingOf, prefersHtml, prefersJson } from "./accept.ts";

Deno.test("prefersJson() wants JSON named, and nothing else liked more", () => {
  const cases: [string | null, boolean][] = [
    [null, false],
    ["*/*", false],
    ["application/json", true],
    ["application/problem+json", true],
    ["application/json, text/plain, */*", true],
    ["text/html, application/json;q=0.9", false],
    ["application/json;q=0", false],
    ["APPLICATION/JSON", true],
    ["Application/Problem+Json;Q=0.5, TEXT/HTML;q=0.4", true],
    ["text/plain", false],
  ];
  for (const [accept, expected] of cases) assert.equal(prefersJson(accept), expected, String(accept));
});

Deno.test("prefersHtml() is true for what browsers send", () => {
  assert.equal(prefersHtml("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), true);
  assert.equal(prefersHtml("Text/HTML"), true);
  assert.equal(prefersHtml("*/*"), false);
  assert.equal(prefersHtml(null), false);
});

Deno.test("codingOf() takes brotli before gzip before nothing, as the caller allows", () => {
  const cases: [string | null, string][] = [
    [null, "identity"],
    ["", "identity"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip;q=0.1", "gzip"],
    ["br;q=0.1, gzip;q=0.9", "gzip"],
    ["*", "br"],
    ["identity", "identity"],
    ["gzip;q=0", "identity"],
  ];
  for (const [header, expected] of cases) assert.equal(codingOf(header), expected, String(header));
});
