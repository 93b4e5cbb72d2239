import type { ClientBase } from 'pg';
import { CatalogueError } from '../../catalogue-error.js';

/**
 * Takes the lock under which one collection or rebuild of a project begins at a time: for the connection's life, or for the
 * transaction's. Rejects with `CatalogueError('collection-running')`.
 */
export async function takeCollectionLock(
  client: ClientBase,
  project: string,
  span: 'session' | 'transaction',
): Promise<void> {
  const take = span === 'session' ? 'pg_try_advisory_lock' : 'pg_try_advisory_xact_lock';
  const { rows } = await client.query<{ taken: boolean }>(
    `SELECT ${take}(hashtextextended('vault collection ' || $1::uuid, 0)) AS taken`,
    [project],
  );
  if (rows[0]?.taken === true) return;
  throw new CatalogueError(
    'collection-running',
    `A collection or rebuild of project ${project} is under way. Wait for its end.`,
  );
}
