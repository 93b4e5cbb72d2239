import type { ClientBase } from 'pg';
import type { Holding } from '../catalogue-records.js';
import { idAt, ID_BATCH, joinIds } from './id-list.js';

/**
 * `capture`: those that are live or that a published snapshot needs; while it is not known what one needs, all that are
 * condemned. `manifest`: all that are not being deleted, for a manifest that is published.
 */
export type Seeker = 'capture' | 'manifest';

const NEEDED = `
  (EXISTS (SELECT FROM vault.manifest_packs r WHERE r.pack = p.number)
   OR EXISTS (SELECT FROM vault.manifests m WHERE m.project = p.project AND m.summary_of IS DISTINCT FROM m.object_key))`;

// As in find-chunks.ts, but there is one row for each pack and not for each chunk: most chunks of a capture lie in a few
// packs, and reading rows takes longer than finding them. The newest live pack of several comes first.
const find = (which: string): string => `
  WITH found AS MATERIALIZED (
    SELECT i, c.pack, c.stored_bytes
      FROM generate_series(0, $3::int - 1) AS i
      CROSS JOIN LATERAL (
        SELECT pack, stored_bytes
          FROM vault.chunks
         WHERE project = $1 AND id = ${idAt('$2', 'i')}
        OFFSET 0) AS c),
  packs AS MATERIALIZED (
    SELECT pack, string_agg(i || ':' || stored_bytes, ',') AS which FROM found GROUP BY pack)
  SELECT p.id, which
    FROM packs
    JOIN vault.packs p ON p.number = packs.pack
   WHERE p.state = 'live' OR p.state = 'condemned' AND ${which}
   ORDER BY p.state = 'live' DESC, p.number DESC`;

const FIND: Record<Seeker, string> = { capture: find(NEEDED), manifest: find('true') };

/** The pack in which each of the chunks lies; null where in none. */
export async function packsHolding(
  client: Pick<ClientBase, 'query'>,
  project: string,
  ids: readonly Buffer[],
  seeker: Seeker,
): Promise<(Holding | null)[]> {
  const found: (Holding | null)[] = Array.from({ length: ids.length }, () => null);
  for (let start = 0; start < ids.length; start += ID_BATCH) {
    const batch = ids.slice(start, start + ID_BATCH);
    const values = [project, joinIds(batch), batch.length];
    const { rows } = await client.query<[Buffer, string]>({ text: FIND[seeker], values, rowMode: 'array' });
    for (const [packId, which] of rows) {
      for (const chunk of which.split(',')) {
        const colon = chunk.indexOf(':');
        found[start + Number(chunk.slice(0, colon))] ??= { packId, storedBytes: Number(chunk.slice(colon + 1)) };
      }
    }
  }
  return found;
}
