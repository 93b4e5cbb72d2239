/** Before the moment in the head of an archive in custom format: "PGDMP", version, sizes of numbers, format, compression. */
const MOMENT_AT = 5 + 3 + 2 + 1;
const PARTS_OF_MOMENT = 7;

/**
 * An archive of `pg_dump` (custom format, of version 1.14 or 1.15) without the moment at which it was made: two of the same
 * state are equal then, byte by byte.
 */
export function withoutMoment(archive: Buffer): Buffer {
  const minor = archive[6]!;
  const numberBytes = archive[8]! + 1;
  // From 1.15 on the compression is one byte, before that a number.
  const from = MOMENT_AT + (minor >= 15 ? 1 : numberBytes);
  const copy = Buffer.from(archive);
  copy.fill(0, from, from + PARTS_OF_MOMENT * numberBytes);
  return copy;
}
