/** A file of another process under /proc, read by `cat`: only a program with every right may read those itself. */
async function readProc(pid: number, name: "stat" | "status"): Promise<string> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/${name}`] }).output();
  return new TextDecoder().decode(stdout);
}

/** Resident memory of a process in bytes, now (`VmRSS`) or at its highest (`VmHWM`); NaN: there is no such process. */
export async function residentBytes(pid: number, field: "VmRSS" | "VmHWM" = "VmRSS"): Promise<number> {
  const status = await readProc(pid, "status");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? NaN) * 1_024;
}

/** CPU time of a process so far, in ms; the kernel counts it in hundredths of a second. */
export async function cpuMs(pid: number): Promise<number> {
  const fields = (await readProc(pid, "stat")).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
