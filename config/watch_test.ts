import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { versionOf, watchConfig } from "./watch.ts";

/** Counts changes and waits for the next one. */
class Changes {
  count = 0;
  #next = Promise.withResolvers<void>();
  readonly note = () => {
    this.count += 1;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  };
  async after(act: () => Promise<void>): Promise<void> {
    const seen = this.#next.promise;
    await act();
    await seen;
  }
}

async function watched(
  prepare: (folder: string) => Promise<string>,
  use: (path: string, folder: string, changes: Changes) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const changes = new Changes();
  const ends = new AbortController();
  const path = await prepare(folder);
  const watching = watchConfig(path, await versionOf(path), changes.note, ends.signal);
  try {
    await use(path, folder, changes);
  } finally {
    ends.abort();
    await watching;
    await Deno.remove(folder, { recursive: true });
  }
}

const plainFile = async (folder: string) => {
  await Deno.writeTextFile(`${folder}/hora.toml`, "a = 1\n");
  return `${folder}/hora.toml`;
};

Deno.test("watchConfig() sees a file written in place and one renamed over it", async () => {
  await watched(plainFile, async (path, folder, changes) => {
    await changes.after(() => Deno.writeTextFile(path, "a = 22\n"));
    await changes.after(async () => {
      await Deno.writeTextFile(`${folder}/new`, "a = 3\n");
      await Deno.rename(`${folder}/new`, path);
    });
    assert.equal(changes.count, 2);
  });
});

Deno.test("watchConfig() sees the link of a mounted folder move, again and again", async () => {
  const version = async (folder: string, name: string, text: string) => {
    await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/${name}/hora.toml`, text);
    await Deno.symlink(name, `${folder}/..tmp`);
    await Deno.rename(`${folder}/..tmp`, `${folder}/..data`);
  };
  await watched(async (folder) => {
    await version(folder, "..v1", "a = 1\n");
    await Deno.symlink("..data/hora.toml", `${folder}/hora.toml`);
    return `${folder}/hora.toml`;
  }, async (_path, folder, changes) => {
    await changes.after(() => version(folder, "..v2", "a = 2\n"));
    await changes.after(() => version(folder, "..v3", "a = 3\n"));
    assert.equal(changes.count, 2);
  });
});

Deno.test("watchConfig() sees an edit that keeps size and time, and a file that was away", async () => {
  await watched(plainFile, async (path, folder, changes) => {
    const { mtime } = await Deno.stat(path);
    // The time of the last change is known in whole seconds.
    await systemClock.sleep(1_100);
    await changes.after(async () => {
      await Deno.writeTextFile(path, "a = 7\n");
      await Deno.utime(path, mtime!, mtime!);
    });
    await Deno.rename(path, `${folder}/away`);
    await changes.after(async () => {
      // Longer than a look: it has been missed by now.
      await systemClock.sleep(1_600);
      assert.equal(changes.count, 1, "a file that is gone is not read");
      await Deno.rename(`${folder}/away`, path);
    });
  });
});

Deno.test("watchConfig() sees what was written after the reading and before it began", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = await plainFile(folder);
    const known = await versionOf(path);
    await Deno.writeTextFile(path, "a = 2\n");
    const ends = new AbortController();
    await new Promise<void>((changed) => {
      void watchConfig(path, known, () => {
        ends.abort();
        changed();
      }, ends.signal);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("watchConfig() takes a burst as one change, and reading as none", async () => {
  await watched(plainFile, async (path, folder, changes) => {
    await changes.after(async () => {
      for (let i = 0; i < 20; i++) await Deno.writeTextFile(path, `a = ${i}\n`);
    });
    for (let i = 0; i < 20; i++) await Deno.readTextFile(path);
    await Deno.writeTextFile(`${folder}/neighbour`, "x");
    // Longer than the debounce: whatever reading or the neighbour set off has come by now.
    await systemClock.sleep(800);
    assert.equal(changes.count, 1);
  });
});
