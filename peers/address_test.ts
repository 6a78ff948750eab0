import assert from "node:assert/strict";
import type { Peer } from "../domain/config.ts";
import { Secret } from "../domain/secret.ts";
import { probeUrlOf, witnessUrlOf } from "./address.ts";

interface Case {
  readonly name: string;
  readonly ping?: string;
  readonly watched?: boolean;
  readonly witness?: string;
  readonly confirm?: boolean;
  readonly witnessUrl: string | null;
  readonly probeUrl: string | null;
}

const hora = "https://lyon.example:8443/api/push/metz?x=1";
const healthz = "https://lyon.example:8443/healthz";
const probe = "https://lyon.example:8443/api/peer/probe";
const hosted = "https://ping.example/0f9a-secret";

const cases: Case[] = [
  { name: "watched and pinged", ping: hora, watched: true, witnessUrl: healthz, probeUrl: probe },
  { name: "only pinged", ping: hora, witnessUrl: null, probeUrl: probe },
  { name: "only watched", watched: true, witnessUrl: null, probeUrl: null },
  {
    name: "left out of confirmation",
    ping: hora,
    watched: true,
    confirm: false,
    witnessUrl: healthz,
    probeUrl: null,
  },
  { name: "a hosted ping service", ping: hosted, witnessUrl: null, probeUrl: null },
  {
    name: "a Hora behind an unusual path, asked for",
    ping: "https://x.example/hook",
    confirm: true,
    witnessUrl: null,
    probeUrl: "https://x.example/api/peer/probe",
  },
  {
    name: "an explicit witness",
    ping: hosted,
    witness: "http://w.example/healthz",
    witnessUrl: "http://w.example/healthz",
    probeUrl: null,
  },
  {
    name: "an explicit witness that is no URL",
    witness: "w.example",
    watched: true,
    witnessUrl: null,
    probeUrl: null,
  },
  {
    name: "a ping_url that is no URL",
    ping: "lyon.example",
    watched: true,
    witnessUrl: null,
    probeUrl: null,
  },
  { name: "an empty ping_url", ping: "", watched: true, confirm: true, witnessUrl: null, probeUrl: null },
  {
    name: "a ping_url of another scheme",
    ping: "ftp://x.example/api/push/y",
    watched: true,
    witnessUrl: null,
    probeUrl: null,
  },
  {
    name: "a watched node behind a path prefix",
    ping: "https://x.example/status/hora/api/push/y",
    watched: true,
    witnessUrl: "https://x.example/status/hora/healthz",
    probeUrl: "https://x.example/status/hora/api/peer/probe",
  },
  {
    name: "something behind a path prefix that we do not watch",
    ping: "https://x.example/status/api/push/y",
    witnessUrl: null,
    probeUrl: null,
  },
  {
    name: "a longer path",
    ping: "https://x.example/api/push/y/z",
    watched: false,
    witnessUrl: null,
    probeUrl: null,
  },
];

for (const { name, ping, watched, witness, confirm, ...expected } of cases) {
  Deno.test(`addresses of a peer: ${name}`, () => {
    const peer: Peer = {
      id: "lyon",
      name: "Lyon",
      pingUrl: ping === undefined ? null : new Secret(ping),
      pingToken: null,
      listenId: "lyon",
      listenToken: null,
      expectEverySecs: watched ? 90 : null,
      witnessUrl: witness ?? null,
      confirm: confirm ?? null,
      notify: null,
    };
    assert.deepEqual({ witnessUrl: witnessUrlOf(peer), probeUrl: probeUrlOf(peer) }, expected);
  });
}
