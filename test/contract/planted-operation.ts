import { randomUUID } from 'node:crypto';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/**
 * Something that hangs, as the keeper leaves it after tries in vain, and that it does not come back to within a year. Resolves to
 * its id. A real one takes minutes to come to this; see the tests of the keeper.
 */
export async function plantOperation(
  state: DatabaseAddress,
  { projectId, environmentId }: { projectId: string; environmentId: string },
  kind: 'left-over' | 'retention' = 'left-over',
): Promise<string> {
  const failure =
    kind === 'retention'
      ? { code: 'retention-stopped', message: 'Retention would delete 3 of 4 snapshots at once; nothing was deleted.' }
      : { code: 'left-over', message: 'The database snapback_1f7b6d0e could not be dropped.' };
  const [row] = await query<{ id: string }>(
    state,
    `INSERT INTO keeper_items (kind, subject, project_id, environment_id, organization, data, due_at, tries, failure, failed_since, attention)
     SELECT ${text(kind)}, ${text(`planted/${randomUUID()}`)}, '${projectId}', '${environmentId}', organization,
            '{"due": 3}', now() + interval '1 year', 12, ${text(JSON.stringify(failure))}, now(), true
       FROM projects WHERE id = '${projectId}' RETURNING id`,
  );
  return row!.id;
}
