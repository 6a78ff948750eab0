import type { ChannelConfig } from "../../domain/config.ts";
import type { AlertEvent } from "../../domain/event.ts";
import type { Outlook } from "../words.ts";

/** One message for one channel, as a channel gets it. */
export interface Message extends Outlook {
  readonly event: AlertEvent;
  /** Stable over retries and restarts. */
  readonly id: number;
  /** Recipients that took it in an earlier attempt, as `Delivery` named them. */
  readonly done?: readonly string[];
}

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: none. */
  readonly body: string | null;
}

/** How an attempt ended. `error` is redacted. */
export type Delivery =
  | { readonly ok: true }
  | {
    readonly ok: false;
    readonly error: string;
    /** Would another attempt make sense? */
    readonly retry: boolean;
    /** The service asked to be left alone for so long; null: it did not. */
    readonly retryAfterMs: number | null;
    /** Recipients that took it all the same; another attempt leaves them out. */
    readonly done?: readonly string[];
  };

export type ConfigOf<T extends ChannelConfig["type"]> = Extract<ChannelConfig, { type: T }>;

interface KindBase<T extends ChannelConfig["type"]> {
  /** Values that must never show in an error. */
  secrets(config: ConfigOf<T>): readonly string[];
}

/** A channel that is one HTTP request. Throws when the configured address is no address. */
export interface HttpKind<T extends ChannelConfig["type"]> extends KindBase<T> {
  request(config: ConfigOf<T>, message: Message): HttpRequest | Promise<HttpRequest>;
  /** Statuses with which this service asks for another attempt, besides those that always do. */
  readonly retried?: readonly number[];
}

/** Some recipients took the message and others did not. */
export class PartlyRefused extends Error {
  constructor(message: string, readonly done: readonly string[], readonly isFinal: boolean) {
    super(message);
  }
}

/**
 * A channel with a protocol of its own. Throws on failure, `PartlyRefused` when it was half of one; `isFinal` says that another attempt
 * makes no sense.
 */
export interface OwnKind<T extends ChannelConfig["type"]> extends KindBase<T> {
  send(config: ConfigOf<T>, message: Message, timeoutMs: number): Promise<void>;
  isFinal(error: unknown): boolean;
}

export type ChannelKind<T extends ChannelConfig["type"]> = HttpKind<T> | OwnKind<T>;

export function jsonRequest(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return {
    url,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
