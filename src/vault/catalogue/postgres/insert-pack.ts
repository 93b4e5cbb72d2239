import type { ClientBase } from 'pg';
import type { NewPack, PackedChunk } from '../catalogue-records.js';
import { CatalogueError } from '../catalogue-error.js';
import { idAt, integerArray, joinIds } from './id-list.js';

const BATCH = 10_000;

// A pack that a collection has condemned, because it had no row yet or nobody used it, is back with this.
const INSERT_PACK = `
  INSERT INTO vault.packs AS p (project, id, bytes, chunk_bytes, key_id, state, capture)
  VALUES ($1, $2, $3, $4, $5, 'live', $6)
  ON CONFLICT (project, id) DO UPDATE
     SET state = 'live', condemned_at = NULL, fence = NULL,
         bytes = EXCLUDED.bytes, chunk_bytes = EXCLUDED.chunk_bytes, key_id = EXCLUDED.key_id
   WHERE p.state <> 'deleting'
  RETURNING number`;

const INSERT_CHUNKS = `
  INSERT INTO vault.chunks (project, id, pack, position, stored_bytes, plain_bytes, encoding)
  SELECT $1, ${idAt('$3', 'i::int - 1')}, $2, position, stored_bytes, plain_bytes, encoding
    FROM unnest($4::int[], $5::int[], $6::int[], $7::smallint[])
         WITH ORDINALITY AS chunk (position, stored_bytes, plain_bytes, encoding, i)
  ON CONFLICT DO NOTHING`;

/**
 * Writes a pack and its chunks, within the caller's transaction. `captureId` is null for what no capture did.
 * Rejects with `CatalogueError('pack-condemned')`.
 */
export async function insertPack(
  client: ClientBase,
  project: string,
  captureId: string | null,
  pack: NewPack,
  chunks: readonly PackedChunk[],
): Promise<void> {
  const chunkBytes = chunks.reduce((sum, chunk) => sum + chunk.storedBytes, 0);
  const values = [project, pack.id, pack.bytes, chunkBytes, pack.keyId, captureId];
  const { rows } = await client.query<{ number: string }>(INSERT_PACK, values);
  const number = rows[0]?.number;
  if (number === undefined) {
    throw new CatalogueError(
      'pack-condemned',
      `Pack ${pack.id.toString('hex')} is being deleted. Store its chunks again under another id.`,
    );
  }
  for (let start = 0; start < chunks.length; start += BATCH) {
    const batch = chunks.slice(start, start + BATCH);
    await client.query(INSERT_CHUNKS, [
      project,
      number,
      joinIds(batch.map(({ id }) => id)),
      integerArray(batch.map(({ offset }) => offset)),
      integerArray(batch.map(({ storedBytes }) => storedBytes)),
      integerArray(batch.map(({ plainBytes }) => plainBytes)),
      integerArray(batch.map(({ encoding }) => encoding)),
    ]);
  }
}
