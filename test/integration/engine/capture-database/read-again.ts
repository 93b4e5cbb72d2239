import { Client } from 'pg';
import { expect } from 'vitest';
import { openCopy } from '../../../../src/engine/postgres/copy/open-copy.js';
import { copyStatement } from '../../../../src/engine/capture/database/segments/segment-statements.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';
import { applySettings } from '../../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import type { MemoryCapture } from './memory-capture.js';

/** Holds every segment of a capture against what a plain COPY says now; nobody may have written since. */
export async function expectExact(
  address: DatabaseAddress,
  capture: MemoryCapture,
  base?: MemoryCapture,
): Promise<void> {
  const { host, port, database, user, password } = address;
  const client = new Client({ host, port, database, user, password, ssl: false });
  await client.connect();
  try {
    await applySettings(client, READING_SETTINGS);
    const { encoding } = capture.database.properties;
    for (const table of capture.ofKind('table')) {
      const segments = capture.ofKind('segment').filter((segment) => segment.table === table.table);
      for (const segment of segments) {
        const { schema, name, columns } = table;
        const source = {
          schema,
          name,
          columns,
          oid: 0,
          extensionCondition: null,
          isHeap: true,
          isLogged: true,
          filenode: '',
        };
        const copy = await openCopy(client, copyStatement(source, segment, encoding));
        const parts: Buffer[] = [];
        for await (const part of copy.bytes) parts.push(part);
        const where = `${name} from block ${segment.fromBlock}${segment.carriedOver ? ', carried over' : ''}`;
        // Compared as a whole: an assertion about the text itself would print megabytes.
        const same = capture.text(segment.content, base) === Buffer.concat(parts).toString('latin1');
        expect({ where, same, rows: segment.rows }).toEqual({ where, same: true, rows: copy.rows() });
      }
    }
  } finally {
    await client.end();
  }
}

/** How many segments of a table there are, and how many of them were not read again. */
export function reuse(capture: MemoryCapture, table: string): { segments: number; carriedOver: number } {
  const segments = capture.segments(table);
  return { segments: segments.length, carriedOver: segments.filter(({ carriedOver }) => carriedOver).length };
}

export function expectAllReused(capture: MemoryCapture, table: string): void {
  const { segments, carriedOver } = reuse(capture, table);
  expect({ table, carriedOver, reason: capture.table(table).reason }).toEqual({ table, carriedOver: segments });
}

export function expectNoneReused(capture: MemoryCapture, table: string): void {
  expect({ table, ...reuse(capture, table) }).toMatchObject({ table, carriedOver: 0 });
}
