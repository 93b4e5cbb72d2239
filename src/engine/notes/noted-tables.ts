import { inTurns } from '../concurrency/turns.js';
import type { NotesSink, RestoredNotes } from './restored-notes.js';

/** A table of the snapshot, and the fingerprint (SHA-256, hex) of the one that its rows were loaded into. */
export interface NotedTable {
  /** Its number in the snapshot's manifest. */
  table: number;
  fingerprint: string;
}

const NUMBER_BYTES = 4;
const HASH_BYTES = 32;
const RECORD_BYTES = NUMBER_BYTES + HASH_BYTES;
const TABLES_A_PAGE = 4_000;

export async function writeNotedTables(sink: Pick<NotesSink, 'page'>, tables: readonly NotedTable[]): Promise<void> {
  for await (const some of inTurns(tables, TABLES_A_PAGE)) {
    const page = Buffer.alloc(some.length * RECORD_BYTES);
    for (const [index, { table, fingerprint }] of some.entries()) {
      page.writeUInt32LE(table, index * RECORD_BYTES);
      page.write(fingerprint, index * RECORD_BYTES + NUMBER_BYTES, HASH_BYTES, 'hex');
    }
    await sink.page('tables', page);
  }
}

/** The fingerprints by the tables' numbers in the snapshot's manifest. */
export async function readNotedTables(notes: RestoredNotes): Promise<Map<number, string>> {
  const tables = new Map<number, string>();
  for await (const page of notes.pages('tables')) {
    for (let at = 0; at + RECORD_BYTES <= page.length; at += RECORD_BYTES) {
      tables.set(page.readUInt32LE(at), page.toString('hex', at + NUMBER_BYTES, at + RECORD_BYTES));
    }
  }
  return tables;
}
