import { findProgram, runProgram } from "./programs.ts";

const root = new URL("../..", import.meta.url).pathname;

async function maySucceed(...command: string[]): Promise<boolean> {
  if (Deno.build.os !== "linux" || findProgram("unshare") === null || findProgram("ip") === null) {
    return false;
  }
  return await runProgram("unshare", command).then(() => true, () => false);
}

/** May we make network namespaces here, with mounts of their own? */
export const canIsolate: boolean = await maySucceed(
  "-nm",
  "sh",
  "-c",
  "ip link set lo up && mount --bind /etc/hosts /etc/hosts",
);
/** May such a namespace hold an interface of our own making? */
export const canMirror: boolean = canIsolate &&
  await maySucceed("-n", "sh", "-c", "ip tuntap add dev probe0 mode tun");
/** Runs a case of `isolated_cases.ts` in a fresh network namespace that a shell script prepared, and gives what it found. */
// deno-lint-ignore no-explicit-any
export async function isolated(name: string, script = ":", options: unknown = null): Promise<any> {
  const run = `set -e; ip link set lo up; sysctl -qw net.ipv4.ping_group_range="0 2147483647"; ${script}
    export DENO_NO_UPDATE_CHECK=1
    exec "$0" run -A --config "${root}deno.json" "${root}tests/support/isolated_cases.ts" ${name} "$1"`;
  const text = await runProgram("unshare", [
    "-nm",
    "sh",
    "-c",
    run,
    Deno.execPath(),
    JSON.stringify(options),
  ]);
  return JSON.parse(text.trim().split("\n").at(-1) ?? "");
}
