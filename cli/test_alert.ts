import { deliver } from "../alerts/deliver.ts";
import type { Message } from "../alerts/channels/channel.ts";
import { selectChannels } from "../alerts/routing.ts";
import { SECOND, systemClock } from "../domain/clock.ts";
import type { ChannelConfig, Config } from "../domain/config.ts";
import type { AlertEvent } from "../domain/event.ts";
import { version } from "../domain/version.ts";
import { type Command, err, out } from "./command.ts";
import { readConfig } from "./read_config.ts";
import { unknownMonitor } from "./with_store.ts";

const REASON = "test alert sent by `hora test-alert` - not a real incident";
const PAUSES_MS = [SECOND, 3 * SECOND];
const TIMEOUT_MS = 15 * SECOND;

/** Sends a down and a recovered through the real channels. Fails when any of them refuses. */
export const testAlert: Command = {
  name: "test-alert",
  args: "[MONITOR]",
  about: "send a test down and recovered through every channel",
  async run(args) {
    const read = await readConfig();
    if (read === null) return 1;
    const { config } = read;
    const monitor = args[0] === undefined
      ? null
      : config.monitors.find(({ id }) => id === args[0]) ?? undefined;
    if (monitor === undefined) return unknownMonitor(config, args[0]);
    const channels = selectChannels(config, monitor?.notify ?? null);
    for (const { name } of config.channels.filter((channel) => !channel.enabled)) {
      err(`Channel ${name} is not tested: a value it needs is empty.`);
    }
    if (channels.length === 0) {
      err("No enabled channel is selected, so there is nothing to test.");
      return 1;
    }
    const subject = { monitorId: monitor?.id ?? "hora-test", monitor: monitor?.name ?? "Hora test" };
    const names = channels.map((channel) => channel.name).join(", ");
    out(`Sending a test alert (down + recovered) as "${subject.monitor}" to: ${names}`);
    return await sendBoth(config, channels, subject);
  },
};

async function sendBoth(
  config: Config,
  channels: readonly ChannelConfig[],
  subject: { monitorId: string; monitor: string },
): Promise<number> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const at = systemClock.now();
  const down: AlertEvent = {
    kind: "down",
    at,
    ...subject,
    reason: REASON,
    cause: null,
    impacted: [],
    vantage: null,
    incidentId: null,
    sinceAt: at,
    failures: 0,
  };
  const recovered: AlertEvent = {
    kind: "recovered",
    at,
    ...subject,
    incidentId: null,
    sinceAt: null,
    durationMs: null,
  };
  const failed = new Set<string>();
  for (const event of [down, recovered]) {
    const message = { event, id: 0, incidentId: null, publicUrl: config.server.publicUrl, now: at };
    const results = await Promise.all(channels.map((channel) => attempt(client, channel, message)));
    channels.forEach((channel, index) => {
      if (!results[index]) failed.add(channel.name);
    });
  }
  if (failed.size === 0) {
    out("Done. Every channel accepted both notifications.");
    return 0;
  }
  err(`Delivery failed on: ${[...failed].join(", ")} (the warnings above say why).`);
  return 1;
}

/** The real path with a few short retries, since nobody waits a day at a prompt. */
async function attempt(client: Deno.HttpClient, channel: ChannelConfig, message: Message): Promise<boolean> {
  const transport = {
    client,
    userAgent: `hora/${version}`,
    timeoutMs: TIMEOUT_MS,
    now: () => systemClock.now(),
  };
  const done: string[] = [];
  for (const pauseMs of [...PAUSES_MS, null]) {
    const delivery = await deliver(transport, channel, { ...message, done });
    if (delivery.ok) return true;
    done.push(...delivery.done ?? []);
    if (!delivery.retry || pauseMs === null) {
      err(`Channel ${channel.name} (${channel.type}): ${delivery.error}`);
      return false;
    }
    await systemClock.sleep(Math.min(delivery.retryAfterMs ?? pauseMs, 10 * SECOND));
  }
  return false;
}
