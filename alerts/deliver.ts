import type { ChannelConfig } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import { type ChannelKind, type Delivery, type Message, PartlyRefused } from "./channels/channel.ts";
import { kindOf } from "./channels/table.ts";
import { safeError } from "./redact.ts";
import { sendHttp, type Transport } from "./transport.ts";

/** One attempt to hand a message to a channel. Never throws: whatever goes wrong is an answer, and holds no secret. */
export async function deliver(
  transport: Transport,
  channel: ChannelConfig,
  message: Message,
): Promise<Delivery> {
  const kind: ChannelKind<ChannelConfig["type"]> = kindOf(channel);
  const secrets = kind.secrets(channel as never);
  if ("send" in kind) return await sendOwn(kind, channel, message, transport.timeoutMs, secrets);
  try {
    return await sendHttp(transport, await kind.request(channel as never, message), secrets, kind.retried);
  } catch (error) {
    const text = safeError(`cannot build the request: ${messageOf(error)}`, secrets);
    return { ok: false, error: text, retry: false, retryAfterMs: null };
  }
}

async function sendOwn(
  kind: Extract<ChannelKind<ChannelConfig["type"]>, { send: unknown }>,
  channel: ChannelConfig,
  message: Message,
  timeoutMs: number,
  secrets: readonly string[],
): Promise<Delivery> {
  try {
    await kind.send(channel as never, message, timeoutMs);
    return { ok: true };
  } catch (error) {
    const text = safeError(messageOf(error), secrets);
    const done = error instanceof PartlyRefused ? { done: error.done } : {};
    return { ok: false, error: text, retry: !kind.isFinal(error), retryAfterMs: null, ...done };
  }
}
