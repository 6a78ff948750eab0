import assert from "node:assert/strict";
import { boundedText } from "./bounded_text.ts";

Deno.test("remote text keeps its words, and nothing that steers a terminal or turns what stands after it", () => {
  assert.equal(boundedText("\u001b[31mred\u0000\u009b", 500), " [31mred  ");
  assert.equal(boundedText("paid \u202eexe.fdp\u202c \u2066x\u2069", 500), "paid  exe.fdp   x ");
  assert.equal(boundedText("nöte 💩 שלום", 6), "nöte 💩");
});
