import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

/** A completed one, with a file in the directory for exports of the service whose directory is given. Its id. */
export async function plantExport(
  state: DatabaseAddress,
  directory: string,
  { environmentId, snapshotId }: { environmentId: string; snapshotId: string },
): Promise<string> {
  const id = randomUUID();
  const file = Buffer.from('an archive');
  const root = join(directory, 'data', 'exports');
  await mkdir(root, { recursive: true });
  await writeFile(join(root, `${id}.zip`), file);
  await query(
    state,
    `INSERT INTO snapshot_exports
       (id, environment_id, snapshot_id, status, format, layout, file_name, size_bytes, sha256, requested_by, started_at, finished_at, expires_at)
     VALUES ($1, $2, $3, 'completed', 'zip', 'plain', $4, $5, $6, 'test', now(), now(), now() + interval '1 hour')`,
    [id, environmentId, snapshotId, `${id}.zip`, file.length, createHash('sha256').update(file).digest('hex')],
  );
  return id;
}
