/** A real file system of a few MB, so that it can be filled up or made read-only. Needs root. */
export class SmallDisk {
  constructor(readonly folder: string) {}

  static canMount(): boolean {
    if (Deno.uid() !== 0) return false;
    const folder = Deno.makeTempDirSync();
    const isMounted = mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
    if (isMounted) unmount(folder);
    Deno.removeSync(folder);
    return isMounted;
  }

  static make(size: string): SmallDisk {
    const folder = Deno.makeTempDirSync();
    if (!mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder)) throw new Error("cannot mount a tmpfs");
    return new SmallDisk(folder);
  }

  /** Fills it to the last byte. */
  fill(): void {
    using file = Deno.openSync(`${this.folder}/filler`, { create: true, append: true });
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) file.writeSync(new Uint8Array(size));
      } catch { /* no room for this size any more */ }
    }
  }

  free(): void {
    Deno.removeSync(`${this.folder}/filler`);
  }

  makeReadOnly(): void {
    if (!mount("-o", "remount,ro", this.folder)) throw new Error("cannot make the tmpfs read-only");
  }

  [Symbol.dispose](): void {
    unmount(this.folder);
    Deno.removeSync(this.folder);
  }
}

function mount(...args: string[]): boolean {
  try {
    return new Deno.Command("mount", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function unmount(folder: string): void {
  new Deno.Command("umount", { args: [folder], stdout: "null", stderr: "null" }).outputSync();
}
