import assert from "node:assert/strict";
import type { FailureCategory } from "./outcome.ts";
import { categoryOfLegacyReason, publicText, publicTexts } from "./public_text.ts";

const rows: [string, string][] = [
  ["HTTP 503", "HTTP 503"],
  ["HTTP 503: upstream gone", "HTTP 503"],
  ["HTTP 70000", "check failed"],
  ["HTTP x", "check failed"],
  ["request timed out", "request timed out"],
  ["connection failed", "connection failed"],
  ["connection timed out", "connection timed out"],
  ["too many redirects", "too many redirects"],
  ["invalid response body", "invalid response body"],
  ["request error", "request error"],
  ["could not resolve host", "could not resolve host"],
  ["DNS lookup timed out", "DNS lookup timed out"],
  ["missing heartbeat", "missing heartbeat"],
  ["no AAAA records found", "no AAAA records found"],
  ["no XYZ records found", "check failed"],
  ["missed scheduled heartbeat (was due 03:00 UTC + 30m grace)", "missed scheduled heartbeat"],
  ["keyword missing: a", "content check failed"],
  ["JSON query $.a != b", "content check failed"],
  ["invalid JSON query: x", "content check failed"],
  ["response is not valid JSON", "content check failed"],
  ["expected a, got b", "unexpected DNS answer"],
  ["DNS lookup failed: x", "DNS lookup failed"],
  ["resolver setup failed: x", "DNS lookup failed"],
  ["icmp error: x", "ping failed"],
  ["plugin timed out after 3s", "plugin check failed"],
  ["exec wait failed: x", "plugin check failed"],
  ["IPv4 and IPv6 failing: a; b", "IPv4 and IPv6 failing"],
  ["IPv4 failing: a (IPv6 ok)", "IPv4 failing (IPv6 ok)"],
  ["IPv6 failing: a (IPv4 ok)", "IPv6 failing (IPv4 ok)"],
  ["Connection refused (os error 111)", "check failed"],
  ["request timed out!", "check failed"],
];

for (const [reason, shown] of rows) {
  Deno.test(`a stored text "${reason}" is shown as "${shown}"`, () => {
    const { category, code } = categoryOfLegacyReason(reason);
    assert.equal(publicText(category, code), shown);
  });
}

Deno.test("docs/probes.md holds the table of categories and public texts", async () => {
  const docs = (await Deno.readTextFile(new URL("../docs/probes.md", import.meta.url))).replace(/ +/g, " ");
  for (const category of Object.keys(publicTexts) as FailureCategory[]) {
    const text = publicText(category, category === "http_status" ? 503 : null).replace("503", "CODE");
    assert.ok(docs.includes(`| \`${category}\` | ${text} |`), `| \`${category}\` | ${text} |`);
  }
});
