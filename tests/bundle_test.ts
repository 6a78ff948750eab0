import assert from "node:assert/strict";

const config = `
[page]
title = "Bundled"
[server]
[[monitors]]
id = "self"
name = "Itself"
kind = "push"
interval_secs = 60
`;

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

Deno.test("one bundled file, copied alone into an empty folder, is a whole Hora", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-bundle-" });
  try {
    const bundled = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform", "deno", "-o", `${folder}/hora.js`, "main.ts"],
      stdin: "null",
    }).output();
    assert.ok(bundled.success, new TextDecoder().decode(bundled.stderr));
    await Deno.writeTextFile(`${folder}/hora.toml`, config);
    const port = freePort();
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-remote", "--no-npm", "-A", "hora.js"],
      cwd: folder,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder, HORA_BIND: `127.0.0.1:${port}`, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = Promise.all([new Response(process.stdout).text(), new Response(process.stderr).text()]);
    let ended = false;
    process.status.then(() => ended = true);
    const url = `http://127.0.0.1:${port}`;
    try {
      while (!ended) {
        const answer = await fetch(`${url}/healthz`).catch(() => null);
        await answer?.body?.cancel();
        if (answer?.status === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.ok(!ended, `it ended: ${ended ? (await output).join("\n") : ""}`);
      const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
      assert.match(page, /Bundled/);
      const style = page.match(/<link rel="stylesheet" href="([^"]+)"/)?.[1];
      assert.ok(style, "the page names a style sheet");
      const css = await fetch(new URL(style, url));
      assert.equal(css.status, 200);
      assert.match(await css.text(), /--paper|color/);
      const api = await fetch(`${url}/api/openapi.json`);
      assert.equal((await api.json()).openapi, "3.1.0");
      const pushed = await fetch(`${url}/api/push/self`, { method: "POST" });
      assert.equal(await pushed.text(), "ok");
    } finally {
      if (!ended) process.kill("SIGTERM");
    }
    assert.equal((await process.status).code, 0, (await output).join("\n"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
