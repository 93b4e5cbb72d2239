import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { usage } from '../outcome/outcome-error.js';
import type { ProfilesFile } from './profile.js';

const NOTHING: ProfilesFile = { version: 1, profiles: {} };
/** Rights of anybody but the owner. */
const OF_OTHERS = 0o077;
/** The end of the name of a file that takes the place of the other once it is written. */
const UNFINISHED = /\.[0-9a-f]{8}$/;
/** By then whoever writes one has written it. */
const WRITTEN_BY_MS = 60_000;

/** What is in the file of profiles; nothing when there is none. One that others may read or change is refused: it says where tokens are sent. */
export async function readProfiles(path: string): Promise<ProfilesFile> {
  const mode = await stat(path).then(
    (facts) => facts.mode,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw usage(`${path} cannot be looked at: ${error.message}.`, { cause: error });
    },
  );
  if (mode === undefined) return NOTHING;
  if (process.platform !== 'win32' && (mode & OF_OTHERS) !== 0) {
    throw usage(
      `Others may read or change ${path}, which holds what you log in with; take that away: chmod 600 ${path}`,
    );
  }
  return parsed(path, await readFile(path, 'utf8'));
}

/** In one step, readable by nobody else: whoever reads it, or dies in between, has the one or the other. */
export async function writeProfiles(path: string, profiles: ProfilesFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(unfinished, 'wx', 0o600);
    await file.writeFile(`${JSON.stringify(profiles, null, 2)}\n`);
    await file.sync();
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await removeLeftBehind(path).catch(() => undefined);
}

/** What processes that were killed have not finished: tokens are in it that somebody may think forgotten. */
async function removeLeftBehind(path: string): Promise<void> {
  const directory = dirname(path);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${basename(path)}.`) || !UNFINISHED.test(name)) continue;
    const file = join(directory, name);
    if (Date.now() - (await stat(file)).mtimeMs > WRITTEN_BY_MS) await rm(file, { force: true });
  }
}

function parsed(path: string, text: string): ProfilesFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usage(`${path} is no JSON; correct it, or remove it and log in again.`, { cause });
  }
  if (!isProfiles(value))
    throw usage(`${path} is none of this program's, or of a newer one; remove it and log in again.`);
  // Only what is in it is there: no profile is called "constructor" that nobody has made.
  const profiles: ProfilesFile['profiles'] = Object.assign(Object.create(null), value.profiles);
  return { ...value, profiles };
}

function isProfiles(value: unknown): value is ProfilesFile {
  if (!isRecord(value)) return false;
  const { version, profiles } = value as Partial<ProfilesFile>;
  if (version !== 1 || profiles === undefined || !isRecord(profiles)) return false;
  return Object.values(profiles).every(
    (profile) =>
      typeof profile?.url === 'string' &&
      typeof profile.login?.kind === 'string' &&
      isRecord(profile.context) &&
      (profile.tokens === undefined || typeof profile.tokens?.access === 'string'),
  );
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
