import type { Queries } from '../../../postgres/connection/queries.js';
import { digestStatement, outsideCondition, type RowsDigest } from '../../../postgres/sql/rows-digest.js';
import type { ContentsEntry } from '../../../../vault/manifests/manifest-database.js';
import type { ContentsSource } from '../tables/contents-inventory.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** Larger ones are not looked at: they are not restored from the snapshot, so that this is all they cost. */
export const CONTENTS_BYTES = 1024 * 1024 * 1024;

/**
 * What rows the source has that are not captured, under the client's snapshot; null when it is larger than `mostBytes`, or
 * was rewritten or replaced since the cut, so that the snapshot does not show what was there. Nobody can rewrite it until
 * the client's transaction ends. Rejects as the server does.
 */
export async function readTableContents(
  client: Queries,
  source: ContentsSource,
  mostBytes: number,
): Promise<ContentsEntry | null> {
  const before = await look(client, source);
  if (before.bytes === null || Number(before.bytes) > mostBytes) return null;
  const { schema, name, of, columns, condition } = source;
  const entry = { schema, name, of, columns };
  const where = condition === null ? '' : outsideCondition(condition);
  const { rows } = await client.query<RowsDigest>(digestStatement(source, where));
  // Only reading it has taken a lock that lasts.
  if (!(await look(client, source)).isSame) return null;
  const { rows: count, digest } = rows[0]!;
  return { kind: 'contents', ...entry, ...(condition !== null && { condition }), rows: Number(count), digest };
}

async function look(client: Queries, source: ContentsSource): Promise<{ bytes: string | null; isSame: boolean }> {
  const { rows } = await client.query<{ bytes: string | null; isSame: boolean }>(
    `SELECT pg_catalog.pg_relation_size(c.oid) + coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0) AS bytes,
            coalesce(pg_catalog.pg_relation_filenode(c.oid) = $2::pg_catalog.oid, false)
              AND pg_catalog.to_regclass($3)::pg_catalog.oid IS NOT DISTINCT FROM c.oid AS "isSame"
     FROM pg_catalog.pg_class c WHERE c.oid = $1::pg_catalog.oid`,
    [source.oid, source.filenode, qualifiedName(source)],
  );
  return rows[0] ?? { bytes: null, isSame: false };
}
