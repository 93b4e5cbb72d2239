import type { ChunkLocation } from '../catalogue.js';
import type { PackState } from '../catalogue-records.js';
import type { Connections } from './connections.js';
import { idAt, ID_BATCH, joinIds } from './id-list.js';

// The plan has to be right without statistics too, in a catalogue that was filled a moment ago. OFFSET 0 and MATERIALIZED
// leave no other: an index look-up for each id, then one join with the packs. Also condemned ones: what was published just
// before is in them until the collection looks again.
const FIND = `
  WITH found AS MATERIALIZED (
    SELECT i, c.*
      FROM generate_series(0, $3::int - 1) AS i
      CROSS JOIN LATERAL (
        SELECT pack, position, stored_bytes, plain_bytes, encoding
          FROM vault.chunks
         WHERE project = $1 AND id = ${idAt('$2', 'i')}
        OFFSET 0) AS c)
  SELECT i, p.id, p.key_id, position, stored_bytes, plain_bytes, encoding, p.state, p.number
    FROM found
    JOIN vault.packs p ON p.number = found.pack
   WHERE p.state IN ('live', 'condemned')`;

type Row = [number, Buffer, string, number, number, number, number, PackState, string];

/** Where each of the chunks lies in a pack that may be read, live ones preferred; null where in none. */
export async function findChunks(
  connections: Connections,
  project: string,
  ids: readonly Buffer[],
): Promise<(ChunkLocation | null)[]> {
  const found: (ChunkLocation | null)[] = Array.from({ length: ids.length }, () => null);
  for (let start = 0; start < ids.length; start += ID_BATCH) {
    const batch = ids.slice(start, start + ID_BATCH);
    const values = [project, joinIds(batch), batch.length];
    const { rows } = await connections.query<Row>({ text: FIND, values, rowMode: 'array' });
    const chosen: Row[] = [];
    for (const row of rows) if (isBetter(row, chosen[row[0]])) chosen[row[0]] = row;
    chosen.forEach(([, packId, keyId, offset, storedBytes, plainBytes, encoding], index) => {
      found[start + index] = { packId, keyId, offset, storedBytes, plainBytes, encoding };
    });
  }
  return found;
}

/** A live pack rather than a condemned one, then the newest. */
function isBetter(row: Row, other: Row | undefined): boolean {
  if (other === undefined) return true;
  const [, , , , , , , state, number] = row;
  const [, , , , , , , otherState, otherNumber] = other;
  if (state !== otherState) return state === 'live';
  return BigInt(number) > BigInt(otherNumber);
}
