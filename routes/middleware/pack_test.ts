import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { seeded } from "../../domain/seeded.ts";
import { pack } from "./pack.ts";

const unpack = { br: brotliDecompressSync, gzip: gunzipSync };

for (const coding of ["br", "gzip"] as const) {
  Deno.test(`pack() gives ${coding} of texts of any length, and lets the event loop run meanwhile`, async () => {
    const random = seeded(1);
    for (const length of [0, 1, 65_535, 65_536, 65_537, 600_000]) {
      const signs = [..."äbc€ \n😀"];
      const text = Array.from({ length }, () => signs[Math.floor(random() * signs.length)]).join("");
      let turns = 0;
      const counting = setInterval(() => turns += 1, 0);
      const packed = await pack(text, coding);
      clearInterval(counting);
      assert.equal(unpack[coding](packed).toString(), text);
      if (length === 600_000) assert.ok(turns > 0, `${turns} turns`);
    }
  });
}
