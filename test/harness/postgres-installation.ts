import { copyFile, mkdir, readdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';

export interface TestExtension {
  name: string;
  /** What `CREATE EXTENSION` runs. */
  sql: string;
  /** More lines of its control file. */
  control?: string;
}

/** PostgreSQL finds its other directories from where the program itself lies, so these must not be links. */
const COPIED = new Set(['postgres', 'initdb']);

/**
 * This machine's PostgreSQL once more, in the given empty directory, with one extension more than it has. Nearly all of it
 * is links. Resolves to the directory of its programs.
 */
export async function installationWith(extension: TestExtension, directory: string): Promise<string> {
  const programs = dirname(await realpath((await findProgram('postgres')).path));
  const { root, share } = await layoutOf(programs);
  const [ownPrograms, ownShare] = [programs, share].map((path) => join(directory, relative(root, path))) as [
    string,
    string,
  ];
  await linkAll(programs, ownPrograms, COPIED);
  await symlink(join(dirname(programs), 'lib'), join(dirname(ownPrograms), 'lib'));
  await linkAll(share, ownShare, new Set(['extension']));
  await linkAll(join(share, 'extension'), join(ownShare, 'extension'));
  await writeExtension(extension, ownShare);
  return ownPrograms;
}

/** Adds it to an installation that is ours to change, whose programs lie in the given directory. */
export async function addExtension(extension: TestExtension, programs: string): Promise<void> {
  await writeExtension(extension, (await layoutOf(programs)).share);
}

async function writeExtension({ name, sql, control = '' }: TestExtension, share: string): Promise<void> {
  const lines = `default_version = '1.0'\nrelocatable = false\n${control}`;
  await writeFile(join(share, 'extension', `${name}.control`), lines);
  await writeFile(join(share, 'extension', `${name}--1.0.sql`), sql);
}

/** Debian has `lib/postgresql/15/bin` and `share/postgresql/15`; others have `bin` and `share` side by side. */
async function layoutOf(programs: string): Promise<{ root: string; share: string }> {
  const version = dirname(programs);
  const root = dirname(dirname(dirname(version)));
  const above = dirname(programs);
  const layouts = [
    { root, share: join(root, 'share', 'postgresql', basename(version)) },
    { root: above, share: join(above, 'share', 'postgresql') },
    { root: above, share: join(above, 'share') },
  ];
  for (const layout of layouts) {
    const found = await stat(join(layout.share, 'extension', 'plpgsql.control')).catch(() => undefined);
    if (found) return layout;
  }
  throw new Error(`Where ${programs} keeps its extensions is not known.`);
}

/** A directory with links to all that is in another one, except that some files are copied and directories left out. */
async function linkAll(from: string, to: string, apart: ReadonlySet<string> = new Set()): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (!apart.has(entry.name)) await symlink(source, target);
    else if (entry.isFile()) await copyFile(source, target);
  }
}
