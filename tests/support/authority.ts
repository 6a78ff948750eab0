import { runProgram } from "./programs.ts";

/** A certificate authority in a folder of its own, made with openssl; removed by `using`. */
export class Authority {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Authority> {
    const made = new Authority(await Deno.makeTempDir({ prefix: "hora-ca-" }));
    await made.#openssl(
      "req",
      "-x509",
      ...key("ca"),
      "-days",
      "3650",
      "-subj",
      "/CN=Hora Test CA",
      "-out",
      "ca.pem",
    );
    return made;
  }

  get ca(): string {
    return `${this.folder}/ca.pem`;
  }

  async #openssl(...args: string[]): Promise<void> {
    await runProgram("openssl", args, { cwd: this.folder });
  }

  /** Issues `NAME.pem` and `NAME.key`; the dates are given to `openssl ca` as `YYMMDDHHMMSSZ`. */
  async issue(
    name: string,
    options: { names?: string; from?: string; until?: string; selfSigned?: boolean } = {},
  ): Promise<{ cert: string; key: string }> {
    const { names = "DNS:localhost,IP:127.0.0.1", from = "200101000000Z", until = "490101000000Z" } = options;
    const subject = ["-subj", `/CN=${name}`];
    if (options.selfSigned) {
      const san = ["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=CA:FALSE"];
      await this.#openssl(
        "req",
        "-x509",
        ...key(name),
        "-days",
        "300",
        ...subject,
        ...san,
        "-out",
        `${name}.pem`,
      );
    } else {
      await this.#openssl("req", ...key(name), ...subject, "-out", `${name}.csr`);
      await Deno.writeTextFile(`${this.folder}/${name}.cnf`, caConfig(names));
      await Deno.writeTextFile(`${this.folder}/index`, "");
      const dates = ["-startdate", from, "-enddate", until];
      const files = ["-cert", "ca.pem", "-keyfile", "ca.key", "-in", `${name}.csr`, "-out", `${name}.pem`];
      await this.#openssl(
        "ca",
        "-batch",
        "-notext",
        "-rand_serial",
        "-config",
        `${name}.cnf`,
        ...dates,
        ...files,
      );
    }
    return { cert: `${this.folder}/${name}.pem`, key: `${this.folder}/${name}.key` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function key(name: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
}

function caConfig(names: string): string {
  return `[ca]
default_ca = one
[one]
database = index
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = any
x509_extensions = ext
unique_subject = no
[any]
commonName = supplied
[ext]
subjectAltName = ${names}
`;
}
