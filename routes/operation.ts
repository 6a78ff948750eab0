import type { RouteConfig } from "@asteasolutions/zod-to-openapi";
import { type Handler, Hono } from "hono";
import * as z from "zod";
import { lazily } from "../domain/lazily.ts";
import type { AppEnv } from "./env.ts";

/** What the OpenAPI document says of an operation, besides its method and path. */
export type Description = Omit<RouteConfig, "method" | "path">;

/** The module of answers, which is loaded when the document is asked for. */
export type Answers = typeof import("./answers.ts");

export interface Operation {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly describe: (answers: Answers) => Description;
}

/** An app whose routes are described. Paths are matched and captured as they were sent, undecoded. */
export class ApiApp extends Hono<AppEnv> {
  readonly operations: Operation[] = [];

  /** Registers an operation: its handler, and how it is described once somebody asks for the document. */
  operation(
    method: Operation["method"],
    path: string,
    describe: Operation["describe"],
    handler: Handler<AppEnv>,
  ): void {
    this.operations.push({ method, path, describe });
    this.on(method, path.replace(/\{([^}]+)\}/g, ":$1"), handler);
  }
}

export type Security = Record<string, string[]>[];

/** Reads: anybody may call; the token shows more. */
export const readSecurity: Security = [{}, { operator: [] }, { operatorQuery: [] }];
export const operatorSecurity: Security = [{ operator: [] }, { operatorQuery: [] }];

export const monitorIdParam = lazily(() =>
  z.object({
    id: z.string().meta({
      param: { name: "id", in: "path" },
      description: "The monitor's id.",
      example: "gw",
    }),
  })
);

/** A month as the paths of reports have it. */
export const monthPattern = "^[0-9]{4}-(?:0[1-9]|1[0-2])$";

export const JSON_TYPE = "application/json";
