/**
 * `deno task test`: installs the system packages that the tests use where it may, names what it could not get, runs every test and ends
 * with one line `N passed, N failed` taken from the runner's own result. Extra arguments go to `deno test`.
 */

interface Need {
  readonly command: string;
  readonly package: string;
}

const needs: readonly Need[] = [
  { command: "chromium", package: "chromium" },
  { command: "nginx", package: "nginx-light" },
  { command: "named", package: "bind9" },
  { command: "microsocks", package: "microsocks" },
  { command: "/usr/lib/nagios/plugins/check_tcp", package: "monitoring-plugins-basic" },
  { command: "promtool", package: "prometheus" },
  { command: "newsboat", package: "newsboat" },
  { command: "ip", package: "iproute2" },
  { command: "strace", package: "strace" },
  { command: "chattr", package: "e2fsprogs" },
  { command: "nft", package: "nftables" },
  { command: "faketime", package: "faketime" },
  { command: "ping", package: "iputils-ping" },
  { command: "openssl", package: "openssl" },
  { command: "dovecot", package: "dovecot-imapd" },
  { command: "/usr/lib/dovecot/submission-login", package: "dovecot-submissiond" },
  { command: "curl", package: "curl" },
  { command: "wget", package: "wget" },
];

const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));

async function isThere(command: string): Promise<boolean> {
  const folders = command.startsWith("/")
    ? [""]
    : [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    try {
      if ((await Deno.stat(folder === "" ? command : `${folder}/${command}`)).isFile) return true;
    } catch { /* not in this folder */ }
  }
  return false;
}

async function missing(): Promise<Need[]> {
  const there = await Promise.all(needs.map((need) => isThere(need.command)));
  return needs.filter((_, index) => !there[index]);
}

async function install(wanted: readonly Need[]): Promise<void> {
  if (wanted.length === 0 || Deno.uid() !== 0 || !(await isThere("apt-get"))) return;
  say(`Installing ${wanted.map((need) => need.package).join(" ")}`);
  const apt = (...args: string[]) =>
    new Deno.Command("apt-get", {
      args,
      stdout: "null",
      stderr: "inherit",
      stdin: "null",
      env: { DEBIAN_FRONTEND: "noninteractive" },
    })
      .output();
  await apt("-qq", "update");
  await apt("-qq", "install", "-y", "--no-install-recommends", ...wanted.map((need) => need.package));
}

await install(await missing());
const stillMissing = await missing();
for (const need of stillMissing) {
  say(`Skipping what needs ${need.command} (Debian package ${need.package}): not installed`);
}

const child = new Deno.Command(Deno.execPath(), {
  args: [
    "test",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-run",
    "--allow-ffi",
    "--allow-sys",
    ...Deno.args,
  ],
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
  env: { PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` },
}).spawn();

let tail = "";
for await (const chunk of child.stdout) {
  Deno.stdout.writeSync(chunk);
  tail = (tail + new TextDecoder().decode(chunk)).slice(-4_000);
}
const { code } = await child.status;
// deno-lint-ignore no-control-regex
const totals = tail.replace(/\x1b\[[0-9;]*m/g, "").match(/(\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/);
say(totals === null ? "0 passed, 1 failed" : `${totals[1]} passed, ${totals[2]} failed`);
Deno.exit(code);
