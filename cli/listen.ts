import { isIP } from "node:net";
import { messageOf, StartupError } from "../domain/errors.ts";

/** Takes `host:port`, `[v6]:port`, `v6:port` or `:port` apart. Throws `StartupError` for anything else. */
export function parseBind(bind: string): { readonly hostname: string; readonly port: number } {
  const [, host, digits] = /^(.*):(\d{1,5})$/.exec(bind) ?? [];
  const port = Number(digits);
  const bare = host?.replace(/^\[(.*)\]$/, "$1");
  // `::1:8787` is read as `[::1]:8787`, as the older program does.
  const ambiguous = bare === host && host?.includes(":") && isIP(host) !== 6;
  if (host === undefined || port > 65_535 || ambiguous) {
    throw new StartupError(
      `server.bind must be an address and a port, such as 127.0.0.1:8787 or [::]:8787, got ${
        JSON.stringify(bind)
      }`,
    );
  }
  return { hostname: bare === "" ? "0.0.0.0" : bare, port };
}

/** Where a program on this machine reaches a server bound to that address. */
export function localUrl(hostname: string, port: number): string {
  const host = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Starts to listen. Throws `StartupError` with one sentence when it cannot. */
export function listen(
  bind: string,
  signal: AbortSignal,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  const at = parseBind(bind);
  try {
    return Deno.serve({ ...at, signal, onListen: () => {} }, handler);
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "another program uses that port; end it, or choose another with server.bind or HORA_BIND"
      : error instanceof Deno.errors.AddrNotAvailable
      ? "this machine has no such address; correct server.bind or HORA_BIND"
      : error instanceof Deno.errors.PermissionDenied
      ? "not allowed; ports below 1024 need the right to use them"
      : `${messageOf(error)}; correct server.bind or HORA_BIND`;
    throw new StartupError(`Cannot listen on ${bind}: ${why}`, { cause: error });
  }
}
