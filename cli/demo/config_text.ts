import { DAY, HOUR } from "../../domain/clock.ts";
import type { Service } from "./services.ts";
import type { Targets } from "./targets.ts";

export const demoToken = "demo-token-0123456789";
export const demoPushToken = "demo-push-0123456789";
/** Seconds between the live checks. */
export const demoIntervalSecs = 30;

/** The `hora.toml` of a demo: its services at their loopback targets, and with trouble a maintenance that is going on. */
export function demoConfig(
  services: readonly Service[],
  targets: Targets,
  options: { port: number; now: number; hasTrouble: boolean },
): string {
  const at = (ms: number) => new Date(ms).toISOString();
  const { now } = options;
  const windows = [
    maintenance("Replica moves to new disks", at(now + 2 * DAY), at(now + 2 * DAY + 2 * HOUR), "db-replica"),
  ];
  if (options.hasTrouble) {
    windows.unshift(maintenance("Queue upgrade", at(now - HOUR / 2), at(now + 3 * HOUR), "queue"));
  }
  return [
    `[page]\ntitle = "Example Shop"\ndescription = "A shop that does not exist, watched by Hora"\n`,
    `[server]\nbind = "127.0.0.1:${options.port}"\ndatabase_path = "hora.db"\nauth_token = "${demoToken}"\n`,
    `[server.group_tokens]\n"Back office" = "demo-back-office-token"\n`,
    ...windows,
    ...services.map((service) => monitor(service, targets)),
  ].join("\n");
}

function maintenance(title: string, start: string, end: string, monitorId: string): string {
  return `[[maintenance]]\ntitle = "${title}"\nstart = ${start}\nend = ${end}\nmonitors = ["${monitorId}"]\n`;
}

function monitor(service: Service, targets: Targets): string {
  const lines = [
    "[[monitors]]",
    `id = "${service.id}"`,
    `name = "${service.name}"`,
    `group = "${service.group}"`,
    `kind = "${service.kind}"`,
    `interval_secs = ${demoIntervalSecs}`,
    ...specific(service, targets),
    service.keys ?? "",
  ];
  return lines.filter((line) => line !== "").join("\n") + "\n";
}

function specific(service: Service, targets: Targets): string[] {
  switch (service.kind) {
    case "http":
      return [`target = "http://127.0.0.1:${targets.httpPort}/${service.id}"`];
    case "tcp":
      return [`target = "127.0.0.1:${targets.tcpPorts.get(service.id)}"`];
    case "tls":
      return [`target = "localhost:${targets.tlsPort}"`];
    case "icmp":
      return ['target = "127.0.0.1"'];
    case "dns":
      return ['target = "localhost"'];
    case "push":
      return [`push_token = "${demoPushToken}"`];
    case "exec":
      return ['command = ["check_demo"]'];
  }
}
