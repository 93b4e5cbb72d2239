import type { Connections } from './connections.js';
import { idAt, ID_BATCH, joinIds } from './id-list.js';

// As in find-chunks.ts, but there is one row for each pack and not for each chunk: most chunks of a capture lie in a few
// packs, and reading rows takes longer than finding them. The newest pack of several comes first.
const FIND = `
  WITH found AS MATERIALIZED (
    SELECT i, c.pack
      FROM generate_series(0, $3::int - 1) AS i
      CROSS JOIN LATERAL (
        SELECT pack
          FROM vault.chunks
         WHERE project = $1 AND id = ${idAt('$2', 'i')}
        OFFSET 0) AS c),
  packs AS MATERIALIZED (
    SELECT pack, string_agg(i::text, ',') AS which FROM found GROUP BY pack)
  SELECT p.id, which
    FROM packs
    JOIN vault.packs p ON p.number = packs.pack
   WHERE p.state = 'live'
   ORDER BY p.number DESC`;

/** The id of the live pack in which each of the chunks lies; null where in none. */
export async function packsHolding(
  connections: Connections,
  project: string,
  ids: readonly Buffer[],
): Promise<(Buffer | null)[]> {
  const found: (Buffer | null)[] = Array.from({ length: ids.length }, () => null);
  for (let start = 0; start < ids.length; start += ID_BATCH) {
    const batch = ids.slice(start, start + ID_BATCH);
    const values = [project, joinIds(batch), batch.length];
    const { rows } = await connections.query<[Buffer, string]>({ text: FIND, values, rowMode: 'array' });
    for (const [packId, which] of rows) for (const index of which.split(',')) found[start + Number(index)] ??= packId;
  }
  return found;
}
