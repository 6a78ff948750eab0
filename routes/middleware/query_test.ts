import assert from "node:assert/strict";
import { decodeSegment, rawPath } from "./query.ts";

Deno.test("decodeSegment() decodes percent signs, keeps plus and malformed escapes, refuses what is not UTF-8", () => {
  const cases: [string, string][] = [
    ["plain", "plain"],
    ["a%2Fb", "a/b"],
    ["a+b", "a+b"],
    ["100%", "100%"],
    ["%zz%4", "%zz%4"],
    ["caf%C3%A9", "café"],
    ["%00", "\0"],
  ];
  for (const [raw, expected] of cases) assert.equal(decodeSegment(raw), expected, raw);
  for (const raw of ["%ff", "%C3%28", "a%E2%82"]) {
    assert.throws(() => decodeSegment(raw), /^AppError: Invalid URL: /, raw);
  }
});

Deno.test("rawPath() gives the path as it was sent", () => {
  const cases: [string, string][] = [
    ["http://h/a/b", "/a/b"],
    ["http://h/a%2Fb?x=1#y", "/a%2Fb"],
    ["http://h", "/"],
    ["http://h/?q=/x", "/"],
  ];
  for (const [url, expected] of cases) assert.equal(rawPath({ url } as Request), expected, url);
});
