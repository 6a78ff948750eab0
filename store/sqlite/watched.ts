import type { CertificateFacts } from "../../domain/outcome.ts";
import type { CertificateRecord, CertificateStore, DomainRecord, DomainStore } from "../../domain/store.ts";
import type { Database, Row } from "./database.ts";
import { isObject, readKept } from "./kept_json.ts";
import type { Writer } from "./writer.ts";

/** Damaged ones are looked up anew, as those that nobody has yet. */
function factsIn(db: Database, row: Row): CertificateFacts | null {
  if (row.facts === null) return null;
  return readKept<CertificateFacts>(db, row.facts, isObject, `certificate of ${row.monitor_id}`);
}

export class SqliteCertificates implements CertificateStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  list(): Promise<CertificateRecord[]> {
    this.writer.settle();
    return Promise.resolve(
      this.db.all("SELECT * FROM certificates ORDER BY monitor_id").map((row) => ({
        monitorId: String(row.monitor_id),
        facts: factsIn(this.db, row),
        checkedAt: Number(row.checked_at),
        error: row.error as string | null,
      })),
    );
  }

  upsert({ monitorId, facts, checkedAt, error }: CertificateRecord): Promise<void> {
    return this.writer.submit(() => {
      this.db.run(
        "INSERT OR REPLACE INTO certificates (monitor_id, facts, checked_at, error) VALUES (?, ?, ?, ?)",
        monitorId,
        facts === null ? null : JSON.stringify(facts),
        checkedAt,
        error,
      );
    }, { durable: false });
  }
}

export class SqliteDomains implements DomainStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  list(): Promise<DomainRecord[]> {
    this.writer.settle();
    return Promise.resolve(
      this.db.all("SELECT * FROM domains ORDER BY domain").map((row) => ({
        domain: String(row.domain),
        expiresAt: row.expires_at as number | null,
        checkedAt: Number(row.checked_at),
        error: row.error as string | null,
      })),
    );
  }

  upsert({ domain, expiresAt, checkedAt, error }: DomainRecord): Promise<void> {
    return this.writer.submit(() => {
      this.db.run(
        "INSERT OR REPLACE INTO domains (domain, expires_at, checked_at, error) VALUES (?, ?, ?, ?)",
        domain,
        expiresAt,
        checkedAt,
        error,
      );
    }, { durable: false });
  }
}
