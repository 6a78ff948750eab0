import type { ChannelConfig, Config } from "../domain/config.ts";

/** The enabled channels a `notify` list selects, in file order; null selects all, names that match nothing select nothing. */
export function selectChannels(config: Config, notify: readonly string[] | null): ChannelConfig[] {
  return config.channels.filter((channel) =>
    channel.enabled && (notify === null || notify.includes(channel.name))
  );
}

/**
 * The channels that hear of an outage in place of `usual` because every peer that answered sees the target up; null: `usual` hears of it. So
 * it is without `alerts.notify_unconfirmed`, when none of these channels is enabled, and where nobody is told anyway.
 */
export function unconfirmedChannels(
  config: Config,
  usual: readonly string[],
  isContradicted: boolean,
): string[] | null {
  if (!isContradicted || usual.length === 0) return null;
  const instead = channelNames(config, config.alerts.notifyUnconfirmed);
  return instead.length === 0 || usual.every((name) => instead.includes(name)) ? null : instead;
}

export function channelNames(config: Config, notify: readonly string[] | null): string[] {
  return selectChannels(config, notify).map((channel) => channel.name);
}
