import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { query } from '../harness/database.js';
import type { TestEnvironment } from '../harness/sample-environment.js';

type Half = 'captured' | 'present' | 'unreadable';

/** Changes both halves of an environment, so that a rollback can be told from none. */
export async function changeBoth({ database, filestorePath }: TestEnvironment): Promise<void> {
  await query(database.address, `UPDATE items SET name = 'present'`);
  await writeFile(join(filestorePath, 'a.txt'), 'present\n');
}

/** In which state each half is under its live name: as it was captured, or as `changeBoth` has left it. */
export async function stateOf({ database, filestorePath }: TestEnvironment): Promise<{ rows: Half; files: Half }> {
  const named = (isPresent: boolean): Half => (isPresent ? 'present' : 'captured');
  const rows = await query<{ present: boolean }>(
    database.address,
    `SELECT bool_and(name = 'present') AS present FROM items`,
  ).then(
    ([row]) => named(row?.present === true),
    (): Half => 'unreadable',
  );
  const text = await readFile(join(filestorePath, 'a.txt'), 'utf8').catch(() => undefined);
  return { rows, files: text === undefined ? 'unreadable' : named(text === 'present\n') };
}
