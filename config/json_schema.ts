import * as z from "zod";
import * as shapes from "./shapes.ts";

/** The JSON Schema of `hora.toml` (draft 2020-12), made from the same shapes that read the file. */
export function configJsonSchema(): Record<string, unknown> {
  const channels = Object.entries(shapes.channelShapes).map(([type, shape]) =>
    z.strictObject({ type: z.literal(type), ...shape })
  );
  const root = z.strictObject({
    page: z.strictObject(shapes.pageShape).describe("What the status page shows."),
    server: z.strictObject(shapes.serverShape).describe("Where Hora listens and who may see what."),
    alerts: z.strictObject(shapes.alertsShape).optional().describe("When somebody is told."),
    retention: z.strictObject(shapes.retentionShape).optional().describe("How long things are kept."),
    health: z.strictObject(shapes.healthShape).optional().describe("This node among its peers."),
    digest: z.strictObject(shapes.digestShape).optional().describe("A summary sent to channels."),
    updates: z.strictObject(shapes.updatesShape).optional(),
    channels: z.array(z.union(channels)).optional().describe("Carriers of messages."),
    maintenance: z.array(z.strictObject(shapes.maintenanceShape)).optional().describe("Planned work."),
    incidents: z.array(z.strictObject(shapes.bannerShape)).optional().describe("Banners on the page."),
    monitors: z.array(z.strictObject(shapes.monitorShape)).optional().describe("What is watched."),
    peers: z.array(z.strictObject(shapes.peerShape)).optional().describe("Other nodes."),
  });
  const schema = z.toJSONSchema(root, { io: "input" });
  return { $id: "hora.schema.json", title: "Hora's configuration", ...schema };
}

if (import.meta.main) {
  await Deno.writeTextFile("docs/hora.schema.json", JSON.stringify(configJsonSchema(), null, 2) + "\n");
}
