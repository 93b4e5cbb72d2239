import type { DataSource, EntityManager } from 'typeorm';
import { ConfigurationError } from '../../config/configuration-error.js';
import type { Configuration } from '../../config/configuration.js';
import { SecretBox } from './secret-box.js';

/** Under which the mark is kept, and sealed as its owner. */
const MARK = 'credentials-key';
/** Of a database that has no mark yet so many stored secrets are tried. */
const TRIED_SECRETS = 100;

/**
 * The box that opens what is stored, with the key of the configuration once that is proven against the mark which the first start has
 * left in the database; where there is none yet, against stored passwords. With CREDENTIALS_KEY_REPLACED its mark is set in the place
 * of the old one. Rejects with `ConfigurationError('wrong-credentials-key')`.
 */
export async function provenSecretBox(
  { CREDENTIALS_KEY, CREDENTIALS_KEY_REPLACED }: Configuration,
  dataSource: DataSource,
): Promise<SecretBox> {
  const box = SecretBox.withKey(CREDENTIALS_KEY);
  await dataSource.transaction(async (manager) => {
    if (CREDENTIALS_KEY_REPLACED) return setMark(manager, box);
    const mark = (await readMark(manager)) ?? (await firstMark(manager, box));
    if (!opens(box, mark, MARK)) throw wrongKey();
  });
  return box;
}

async function readMark(manager: EntityManager): Promise<string | undefined> {
  const rows: { sealed: string }[] = await manager.query('SELECT sealed FROM key_marks WHERE name = $1', [MARK]);
  return rows[0]?.sealed;
}

/** Two processes that are the first ones leave one mark, and both are held against it. */
async function firstMark(manager: EntityManager, box: SecretBox): Promise<string> {
  const stored: { id: string; sealed: string }[] = await manager.query(
    `SELECT id, sealed FROM environments,
            LATERAL (VALUES (database_password), (before_cutover_headers), (after_cutover_headers)) AS secrets (sealed)
     WHERE sealed IS NOT NULL ORDER BY created_at DESC LIMIT $1`,
    [TRIED_SECRETS],
  );
  if (stored.length > 0 && !stored.some(({ id, sealed }) => opens(box, sealed, id))) throw wrongKey();
  const sealed = box.seal(MARK, MARK);
  await manager.query('INSERT INTO key_marks (name, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING', [MARK, sealed]);
  return (await readMark(manager)) ?? sealed;
}

async function setMark(manager: EntityManager, box: SecretBox): Promise<void> {
  await manager.query(
    'INSERT INTO key_marks (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed',
    [MARK, box.seal(MARK, MARK)],
  );
}

function opens(box: SecretBox, sealed: string, owner: string): boolean {
  try {
    box.open(sealed, owner);
    return true;
  } catch {
    return false;
  }
}

function wrongKey(): ConfigurationError {
  return new ConfigurationError(
    'CREDENTIALS_KEY is not the one under which the passwords of environments are stored: start with that one, or, where it is lost, once with CREDENTIALS_KEY_REPLACED=true, and set the passwords again.',
    { code: 'wrong-credentials-key' },
  );
}
