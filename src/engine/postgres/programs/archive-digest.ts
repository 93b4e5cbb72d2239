import { createHash } from 'node:crypto';

/** Bytes in which the head of an archive ends, whatever its version. */
const HEAD_BYTES = 64;
const MAGIC_AND_VERSION = 8;
/** Numbers that say when an archive was made: second, minute, hour, day, month, year, daylight saving time. */
const TIME_NUMBERS = 7;
/** Since which minor version of the format how it is compressed is said in one byte. */
const COMPRESSION_IN_A_BYTE = 15;

/** What an archive of `pg_dump` (custom format) has in it: its SHA-256 without the time at which it was made, which its head says. */
export class ArchiveDigest {
  private readonly hash = createHash('sha256');
  private head: Buffer | undefined = Buffer.alloc(0);

  update(bytes: Buffer): void {
    if (this.head === undefined) {
      this.hash.update(bytes);
      return;
    }
    this.head = Buffer.concat([this.head, bytes]);
    if (this.head.length >= HEAD_BYTES) this.endHead();
  }

  /** In hex. Nothing more can be added. */
  digest(): string {
    if (this.head !== undefined) this.endHead();
    return this.hash.digest('hex');
  }

  private endHead(): void {
    const head = this.head ?? Buffer.alloc(0);
    const [minor = 0, numberBytes = 0] = [head[6], head[MAGIC_AND_VERSION]];
    // After the version: the sizes of numbers and of offsets, the format, and the compression. A number has a byte for its sign.
    const from = MAGIC_AND_VERSION + 3 + (minor >= COMPRESSION_IN_A_BYTE ? 1 : 1 + numberBytes);
    this.hash.update(head.subarray(0, from)).update(head.subarray(from + TIME_NUMBERS * (1 + numberBytes)));
    this.head = undefined;
  }
}
