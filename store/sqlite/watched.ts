import type { CertificateFacts } from "../../domain/outcome.ts";
import type { CertificateRecord, CertificateStore, DomainRecord, DomainStore } from "../../domain/store.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

export class SqliteCertificates implements CertificateStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  list(): Promise<CertificateRecord[]> {
    this.writer.settle();
    return Promise.resolve(
      this.db.all("SELECT * FROM certificates ORDER BY monitor_id").map((row) => ({
        monitorId: String(row.monitor_id),
        facts: row.facts === null ? null : JSON.parse(String(row.facts)) as CertificateFacts,
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
