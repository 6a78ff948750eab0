import * as z from "zod";
import type { Shape } from "./section.ts";
import * as shapes from "./shapes.ts";

const schemasOf = (shape: Shape) =>
  Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, field.whole()]));
const table = (shape: Shape) => z.strictObject(schemasOf(shape));

/** The JSON Schema of `hora.toml` (draft 2020-12), made from the same shapes that read the file. */
export function configJsonSchema(): Record<string, unknown> {
  const channels = Object.entries(shapes.channelShapes).map(([type, shape]) =>
    z.strictObject({ type: z.literal(type), ...schemasOf(shape) })
  );
  const root = z.strictObject({
    page: table(shapes.pageShape).describe("What the status page shows."),
    server: table(shapes.serverShape).describe("Where Hora listens and who may see what."),
    alerts: table(shapes.alertsShape).optional().describe("When somebody is told."),
    retention: table(shapes.retentionShape).optional().describe("How long things are kept."),
    health: table(shapes.healthShape).optional().describe("This node among its peers."),
    digest: table(shapes.digestShape).optional().describe("A summary sent to channels."),
    updates: table(shapes.updatesShape).optional(),
    channels: z.array(z.union(channels)).optional().describe("Carriers of messages."),
    maintenance: z.array(table(shapes.maintenanceShape)).optional().describe("Planned work."),
    incidents: z.array(table(shapes.bannerShape)).optional().describe("Banners on the page."),
    monitors: z.array(table(shapes.monitorShape)).optional().describe("What is watched."),
    peers: z.array(table(shapes.peerShape)).optional().describe("Other nodes."),
  });
  const schema = z.toJSONSchema(root, { io: "input" });
  return { $id: "hora.schema.json", title: "Hora's configuration", ...schema };
}

if (import.meta.main) {
  await Deno.writeTextFile("docs/hora.schema.json", JSON.stringify(configJsonSchema(), null, 2) + "\n");
}
