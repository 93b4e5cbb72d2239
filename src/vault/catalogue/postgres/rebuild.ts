import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { Rebuild } from '../catalogue.js';
import { CatalogueError } from '../catalogue-error.js';
import { takeCollectionLock } from './collection/collection-lock.js';
import { doubtSummaries } from './summaries.js';
import { inTransaction, type Connections } from './connections.js';

/** See `Catalogue.beginRebuild()`. */
export async function beginRebuild(connections: Connections, project: string): Promise<Rebuild> {
  const rebuildId = randomUUID();
  // First nobody can write any more, then the rows go: that may take a while, and this lock stops captures of all projects.
  await inTransaction(connections, async (client) => {
    await takeCollectionLock(client, project, 'transaction');
    await client.query('LOCK TABLE vault.captures IN SHARE ROW EXCLUSIVE MODE');
    await client.query(
      'INSERT INTO vault.rebuilds (project, id) VALUES ($1, $2) ON CONFLICT (project) DO UPDATE SET id = EXCLUDED.id',
      [project, rebuildId],
    );
    await client.query('DELETE FROM vault.captures WHERE project = $1', [project]);
    await client.query(
      `INSERT INTO vault.projects AS p (project, rebuilds) VALUES ($1, 1)
       ON CONFLICT (project) DO UPDATE SET rebuilds = p.rebuilds + 1`,
      [project],
    );
  });
  const rebuild = { project, rebuildId };
  await duringRebuild(connections, rebuild, async (client) => {
    // Not the manifests: were this process killed, nobody would know any more what was published. What they need is made anew.
    await doubtSummaries(client, project);
    await client.query(
      'DELETE FROM vault.manifest_packs WHERE manifest IN (SELECT number FROM vault.manifests WHERE project = $1)',
      [project],
    );
    for (const table of ['chunks', 'packs']) {
      await client.query(`DELETE FROM vault.${table} WHERE project = $1`, [project]);
    }
  });
  return rebuild;
}

/** Runs `work` in a transaction during which no other rebuild can begin. Rejects with `CatalogueError('rebuilding')`. */
export async function duringRebuild(
  connections: Connections,
  rebuild: Rebuild,
  work: (client: ClientBase) => Promise<void>,
): Promise<void> {
  await inTransaction(connections, async (client) => {
    const { rowCount } = await client.query('SELECT FROM vault.rebuilds WHERE project = $1 AND id = $2 FOR SHARE', [
      rebuild.project,
      rebuild.rebuildId,
    ]);
    if (rowCount === 0) {
      throw new CatalogueError(
        'rebuilding',
        `This rebuild of project ${rebuild.project} has ended, or another one has taken its place. Look whether one is under way, then begin anew.`,
      );
    }
    await work(client);
  });
}

export async function endRebuild(client: ClientBase, rebuild: Rebuild): Promise<void> {
  await client.query('DELETE FROM vault.rebuilds WHERE id = $1', [rebuild.rebuildId]);
}
