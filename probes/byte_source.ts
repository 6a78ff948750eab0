/** Bytes kept unread before the peer is made to wait. */
export const HIGH_WATER = 256 * 1024;

/** Bytes read by pulling, with what was not asked for held back. */
export interface ByteSource extends Disposable {
  /** The next bytes, or null at an orderly end. Rejects with `ProbeFailure` when the connection broke or the time is up. */
  read(): Promise<Uint8Array | null>;
  /** Puts bytes back in front of what comes next. */
  unread(chunk: Uint8Array): void;
  /** Bytes that are here already. */
  readonly buffered: number;
  /** True once it was closed from this side, or the time was up. */
  readonly isClosed: boolean;
  /** Lets go of the connection. */
  close(): void;
}
