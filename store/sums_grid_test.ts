import assert from "node:assert/strict";
import { seeded } from "../domain/seeded.ts";
import { SumsGrid } from "./sums_grid.ts";
import { SumsTable } from "../domain/sums_table.ts";

const first = 20_000;
const units = 12;
const series = [3, 4, 7, 8, 9, 40];

/** A grid and tables of their own with the same rows, some of which are missing and some of which belong to nobody. */
function filled(random: () => number) {
  const grid = new SumsGrid(series, first, units);
  const own = new Map<number, SumsTable>();
  for (let unit = first; unit < first + units - 1; unit++) {
    const rows: number[] = [];
    const ids: number[] = [];
    const isWhole = random() < 0.3;
    for (const id of isWhole ? series : [1, ...series, 50]) {
      if (!isWhole && random() < 0.3) continue;
      const sums = Array.from({ length: 8 }, () => Math.floor(random() * 3));
      ids.push(id);
      rows.push(...sums);
      if (!series.includes(id)) continue;
      if (!own.has(id)) own.set(id, new SumsTable());
      own.get(id)!.addRow(unit, sums, 0);
    }
    const numbers = random() < 0.5 ? Float64Array : Uint32Array;
    grid.place(unit, Uint32Array.from(ids), numbers.from(rows));
  }
  return { own, shared: new Map([...grid.tables()].map(({ series, table }) => [series, table])) };
}

function assertSame(shared: ReadonlyMap<number, SumsTable>, own: ReadonlyMap<number, SumsTable>): void {
  assert.deepEqual([...shared.keys()].sort((a, b) => a - b), [...own.keys()].sort((a, b) => a - b));
  for (const [id, table] of shared) {
    const other = own.get(id)!;
    assert.deepEqual(table.sum(-Infinity, Infinity), other.sum(-Infinity, Infinity));
    for (let unit = first - 2; unit < first + units + 2; unit++) {
      assert.deepEqual(table.at(unit), other.at(unit));
      assert.deepEqual(
        [table.has(unit), table.state(unit)],
        [other.has(unit), other.state(unit)],
      );
    }
  }
}

Deno.test("tables that share an array say what tables of their own say, whatever is done to one of them", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed);
    const { own, shared } = filled(random);
    assertSame(shared, own);
    for (let step = 0; step < 40; step++) {
      const id = series[Math.floor(random() * series.length)];
      const unit = first - 1 + Math.floor(random() * (units + 2));
      const changes = [
        (table: SumsTable) => table.count(unit, { status: "down", planned: false }),
        (table: SumsTable) => table.cover(unit, { status: "up", planned: true }, 7),
        (table: SumsTable) => table.addRow(unit, [1, 2, 3, 4, 5, 6, 7, 8], 0),
        (table: SumsTable) => table.forgetBefore(unit),
        (table: SumsTable) => table.absorb(own.get(series[0]) ?? new SumsTable()),
      ];
      const change = changes[Math.floor(random() * changes.length)];
      for (const tables of [own, shared]) if (id !== series[0] && tables.has(id)) change(tables.get(id)!);
      assertSame(shared, own);
    }
  }
});

Deno.test("a table that forgot or added a unit holds nothing of the array that others share", () => {
  const { shared } = filled(seeded(1));
  const [forgetting, adding] = shared.values();
  const before = forgetting.at(first + 5);
  forgetting.forgetBefore(first + 1);
  adding.addRow(first + units, [1, 0, 0, 0, 0, 0, 0, 0], 0);
  for (const table of shared.values()) if (table !== forgetting) table.addRow(first + 5, Array(8).fill(9), 0);
  assert.deepEqual(forgetting.at(first + 5), before);
  assert.equal(forgetting.has(first), false);
  assert.equal(adding.at(first + units).counts.up, 1);
});
