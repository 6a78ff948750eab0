import type { ChannelConfig, Config } from "../domain/config.ts";

/** The enabled channels a `notify` list selects, in file order; null selects all, names that match nothing select nothing. */
export function selectChannels(config: Config, notify: readonly string[] | null): ChannelConfig[] {
  return config.channels.filter((channel) =>
    channel.enabled && (notify === null || notify.includes(channel.name))
  );
}

export function channelNames(config: Config, notify: readonly string[] | null): string[] {
  return selectChannels(config, notify).map((channel) => channel.name);
}
