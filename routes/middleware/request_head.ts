const MAX_URL_CHARS = 8_192;
const MAX_HEADER_CHARS = 32_768;

/** The headers that decide about most answers, read in one pass, because asking for each by its name costs more. Null: not there. */
export class RequestHead {
  readonly url: string;
  host: string | null = null;
  origin: string | null = null;
  accept: string | null = null;
  acceptEncoding: string | null = null;
  authorization: string | null = null;
  ifNoneMatch: string | null = null;
  requestId: string | null = null;
  userAgent: string | null = null;
  #chars = 0;

  constructor({ url, headers }: Request) {
    this.url = url;
    // Not for…of: its iterator costs several times as much, and every request comes through here.
    headers.forEach((value, name) => {
      this.#chars += name.length + value.length + 4;
      switch (name) {
        case "host":
          this.host = value;
          break;
        case "origin":
          this.origin = value;
          break;
        case "accept":
          this.accept = value;
          break;
        case "accept-encoding":
          this.acceptEncoding = value;
          break;
        case "authorization":
          this.authorization = value;
          break;
        case "if-none-match":
          this.ifNoneMatch = value;
          break;
        case "x-request-id":
          this.requestId = value;
          break;
        case "user-agent":
          this.userAgent = value;
          break;
      }
    });
  }

  /** What is wrong with the request before anything in it is looked at; null: nothing. */
  get fault(): { readonly status: 400 | 414 | 431; readonly text: string } | null {
    if (!isHost(this.host)) return { status: 400, text: "the Host header names no host" };
    if (this.url.length > MAX_URL_CHARS) {
      return { status: 414, text: "the address of the request is too long" };
    }
    return this.#chars > MAX_HEADER_CHARS
      ? { status: 431, text: "the request's headers are too large" }
      : null;
  }
}

/** A name, an IPv4 address or an IPv6 one in brackets, maybe with a port. Anything else would be read as part of the path. */
function isHost(host: string | null): boolean {
  return host === null || /^(?:[A-Za-z0-9._~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/.test(host);
}
