import { EngineError } from '../../../engine-error.js';

/** Bytes of an archive that `oldestReader` looks at. */
export const ARCHIVE_HEADER_BYTES = 7;

const MAGIC = 'PGDMP';
/** Minor versions of archive format 1 that older programs refuse, with the first major version of PostgreSQL that reads
    them, newest first (`K_VERS_*` in PostgreSQL's pg_backup_archiver.h). */
const READERS: readonly [minor: number, major: number][] = [
  [16, 17],
  [15, 16],
];

/**
 * The oldest major version of PostgreSQL whose `pg_restore` reads an archive in custom format with this beginning; 0 when
 * any that is still in use does. A version of the archive that is newer than what we know gets the newest that we know.
 *
 * Throws `EngineError('snapshot-damaged')` when it is no such archive.
 */
export function oldestReader(header: Buffer): number {
  if (header.length < ARCHIVE_HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new EngineError(
      'snapshot-damaged',
      'What the snapshot holds as the definitions of its database is no archive of pg_dump; restore another snapshot.',
    );
  }
  const minor = header[MAGIC.length] === 1 ? header[MAGIC.length + 1]! : Infinity;
  return READERS.find(([since]) => minor >= since)?.[1] ?? 0;
}
