import assert from "node:assert/strict";
import { states } from "../tests/support/summaries.ts";
import { monitorWire, summaryFrame } from "../views/summary_json.ts";
import { MonitorTexts, summaryDraft } from "./summary_text.ts";

const DAY = 86_400_000;

Deno.test("summaryDraft() is the JSON of the whole summary, and its validator moves with anything but the instant", () => {
  for (const [name, make] of Object.entries(states)) {
    const summary = make();
    const texts = new MonitorTexts();
    const { text, validator } = summaryDraft(summary, texts);
    const { before, after } = summaryFrame(summary);
    const monitors = summary.monitors.map((view) => monitorWire(view, summary.generatedAt));
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ ...before, monitors, ...after })), name);
    const again = { ...summary, generatedAt: summary.generatedAt - 1_000 };
    assert.equal(summaryDraft(again, texts).validator, validator, name);
    assert.notEqual(summaryDraft({ ...summary, title: "Another" }, texts).validator, validator, name);
    if (summary.monitors.length === 0) continue;
    const [first, ...rest] = summary.monitors;
    const renamed = { ...summary, monitors: [{ ...first, name: `${first.name}!` }, ...rest] };
    assert.notEqual(summaryDraft(renamed, texts).validator, validator, name);
  }
});

Deno.test("MonitorTexts keeps the text of a view until its certificate has a day less", () => {
  const view = states.seven_hundred().monitors.find(({ certificate }) => certificate !== null) ??
    { ...states.seven_hundred().monitors[0], certificate: { notAfterAt: 20 * DAY } as never };
  const texts = new MonitorTexts();
  const now = view.certificate!.notAfterAt - 10 * DAY;
  const first = texts.of(view, now);
  assert.equal(JSON.parse(first.text).cert_expiry_days, 10);
  assert.equal(texts.of(view, now - 1), first);
  assert.equal(JSON.parse(texts.of(view, now + 1).text).cert_expiry_days, 9);
});
