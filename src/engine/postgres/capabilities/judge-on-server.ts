import type pg from 'pg';
import type { RestoreFinding } from './restore-finding.js';
import { readAbilities } from './abilities.js';
import { judgeRequirements, type RestoreInto } from './judge-requirements.js';
import type { DatabaseRequirements } from './requirements.js';

/**
 * `judgeRequirements` on the server the client is connected to, for its role. Null is a snapshot from before requirements were
 * kept: nothing is said of it. Rejects with the driver's error.
 */
export async function judgeOnServer(
  client: pg.ClientBase,
  requirements: DatabaseRequirements | null,
  { major, into = 'same' }: { major: number; into?: RestoreInto },
): Promise<RestoreFinding[]> {
  if (requirements === null) return [];
  return judgeRequirements(requirements, await readAbilities(client, { major, requirements }), into);
}
