import assert from "node:assert/strict";
import { badgeStyles, badgeSvg, statusBadge, uptimeBadge } from "./badge.ts";
import { escapeXml } from "./escape.ts";

Deno.test("badgeSvg() measures seven units a character and twelve more per half", () => {
  const widths = (svg: string) =>
    [...svg.matchAll(/<rect (?:x="[0-9]+" )?width="([0-9]+)" height="20" fill="#(?!fff)/g)].map((m) =>
      Number(m[1])
    );
  assert.deepEqual(widths(badgeSvg(statusBadge("up"), "flat")), [54, 26]);
  assert.deepEqual(widths(badgeSvg(uptimeBadge(1), "flat")), [54, 54]);
});

Deno.test("statusBadge() and uptimeBadge() choose the documented words and colours", () => {
  const statuses: [Parameters<typeof statusBadge>[0], string][] = [
    ["up", "#4c1"],
    ["degraded", "#fe7d37"],
    ["down", "#e05d44"],
    ["unknown", "#9f9f9f"],
  ];
  for (const [status, colour] of statuses) {
    assert.deepEqual(statusBadge(status), { label: "status", message: status, colour });
  }
  const uptimes: [number | null, string, string][] = [
    [1, "100.0%", "#4c1"],
    [0.999, "99.9%", "#4c1"],
    [0.9989, "99.8%", "#97ca00"],
    [0.99, "99.0%", "#97ca00"],
    [0.95, "95.0%", "#dfb317"],
    [0.9, "90.0%", "#fe7d37"],
    [0.8999, "89.9%", "#e05d44"],
    [0.007, "0.7%", "#e05d44"],
    [null, "n/a", "#9f9f9f"],
  ];
  for (const [ratio, message, colour] of uptimes) {
    assert.deepEqual(uptimeBadge(ratio), { label: "uptime", message, colour });
  }
});

Deno.test("badgeSvg() escapes text in every style and drops what XML cannot carry", () => {
  for (const style of badgeStyles) {
    const svg = badgeSvg({ label: `<a href="x">&'\u0000\ud800`, message: "ok", colour: "#4c1" }, style);
    assert.doesNotMatch(svg, /<a |\u0000/i, style);
    assert.match(svg, /&lt;A HREF=&quot;X&quot;&gt;&amp;&#39;/i, style);
  }
  assert.equal(escapeXml("a\u0008b\ud800c\u{1f600}"), "abc\u{1f600}");
});
