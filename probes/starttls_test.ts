import assert from "node:assert/strict";
import { Authority } from "../tests/support/authority.ts";
import { Background, findProgram, freePort, listening } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";

const dovecot = findProgram("dovecot");
const hasSubmission = await Deno.stat("/usr/lib/dovecot/submission-login").then(() => true, () => false);

Deno.test({
  name: "probeTls() asks a real Dovecot for TLS, by IMAP and by SMTP",
  ignore: dovecot === null || !hasSubmission || Deno.uid() !== 0 || findProgram("openssl") === null,
  async fn() {
    await using authority = await Authority.make();
    const { cert, key } = await authority.issue("mail");
    const folder = await Deno.makeTempDir({ prefix: "hora-mail-" });
    await Deno.chmod(folder, 0o755);
    const [imap, smtp] = [freePort(), freePort()];
    const listener = (service: string, name: string, port: number) =>
      `service ${service} {\n  inet_listener ${name} {\n    address = 127.0.0.1\n    port = ${port}\n  }\n}\n`;
    await Deno.writeTextFile(
      `${folder}/dovecot.conf`,
      `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap submission
ssl = required
ssl_cert = <${cert}
ssl_key = <${key}
submission_relay_host = 127.0.0.1
passdb {
  driver = static
  args = nopassword=y
}
${listener("imap-login", "imap", imap)}${listener("imap-login", "imaps", 0)}${
        listener("submission-login", "submission", smtp)
      }`,
    );
    {
      await using _running = new Background(dovecot ?? "", ["-F", "-c", `${folder}/dovecot.conf`]);
      await listening(imap);
      await listening(smtp);
      for (const [port, word] of [[imap, "imap"], [smtp, "smtp"]] as const) {
        const lines = `target = "localhost:${port}"\nstarttls = "${word}"`;
        const trusted = await check(monitorFrom("tls", `${lines}\nca_file = "${authority.ca}"`));
        assert.equal(trusted.status, "up", trusted.reason ?? "");
        assert.equal(trusted.certificate?.subject, "CN=mail");
        assert.equal((await check(monitorFrom("tls", lines))).category, "certificate_untrusted");
      }
      const mixed = await check(
        monitorFrom("tls", `target = "localhost:${imap}"\nstarttls = "smtp"\ntimeout_secs = 2`),
      );
      assert.equal(mixed.status, "down");
      assert.ok(mixed.reason !== null && mixed.category !== null);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
