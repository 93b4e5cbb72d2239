import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache-directory.js';
import { FileMaker } from './file-content.js';

/** Raise it when the same numbers give other files. */
const VERSION = 1;
/** One in so many is replaced in the changed version, and as many are added. */
const CHANGED_ONE_IN = 100;
const FOLDER_NAME_LENGTH = 2;
/** When the first file was last modified; each later one a minute after. */
const FIRST_MTIME_SECONDS = Date.UTC(2024, 0, 1) / 1000;
const FACTS_FILE = 'facts.json';

export interface DatasetFacts {
  files: number;
  bytes: number;
  /** Files replaced and added in the changed version, and their bytes. */
  changedFiles: number;
  changedBytes: number;
}

export interface Dataset extends DatasetFacts {
  /** The filestore: 256 folders of files named by the hash of their first content. */
  base: string;
  /** What a changed version has in the place of, or beside, the base's files: copy it over a copy of the base. */
  changes: string;
}

/**
 * The standard filestore, made on first use and kept in the user's cache directory. Nobody may write to it: work on a
 * copy.
 */
export async function openDataset(files: number): Promise<Dataset> {
  const directory = join(cacheDirectory(), `filestore-v${VERSION}-${files}`);
  const paths = { base: join(directory, 'base'), changes: join(directory, 'changes') };
  const known = await readFacts(directory);
  if (known !== undefined) return { ...known, ...paths };
  const building = `${directory}.building`;
  await rm(building, { recursive: true, force: true });
  try {
    const facts = await build(building, files);
    // The name comes last: a directory that has it is whole.
    await rename(building, directory);
    return { ...facts, ...paths };
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

async function readFacts(directory: string): Promise<DatasetFacts | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, FACTS_FILE), 'utf8')) as DatasetFacts;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function build(directory: string, files: number): Promise<DatasetFacts> {
  const maker = new FileMaker(files);
  const facts: DatasetFacts = { files, bytes: 0, changedFiles: 0, changedBytes: 0 };
  const [base, changes] = [new Folder(join(directory, 'base')), new Folder(join(directory, 'changes'))];
  // Numbers from `files` on are used for nothing else than what changes.
  let fresh = files;
  for (let number = 0; number < files; number += 1) {
    const content = maker.make(number);
    const name = nameOf(content);
    await base.write(name, content, number);
    facts.bytes += content.length;
    if (number % CHANGED_ONE_IN !== 0) continue;
    // Two numbers on, so that replaced files are text and noise in turn, and so are the added ones.
    const replacement = maker.make(fresh + ((number / CHANGED_ONE_IN) % 2));
    const added = maker.make(fresh + 2 + ((number / CHANGED_ONE_IN) % 2));
    fresh += 4;
    await changes.write(name, replacement, fresh);
    await changes.write(nameOf(added), added, fresh);
    facts.changedFiles += 2;
    facts.changedBytes += replacement.length + added.length;
  }
  await writeFile(join(directory, FACTS_FILE), `${JSON.stringify(facts)}\n`);
  return facts;
}

function nameOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 40);
}

class Folder {
  private readonly made = new Set<string>();

  constructor(private readonly root: string) {}

  async write(name: string, content: Buffer, minutes: number): Promise<void> {
    const path = join(this.root, name.slice(0, FOLDER_NAME_LENGTH), name);
    const folder = dirname(path);
    if (!this.made.has(folder)) await mkdir(folder, { recursive: true });
    this.made.add(folder);
    await writeFile(path, content, { flag: 'wx' });
    const mtime = FIRST_MTIME_SECONDS + minutes * 60;
    await utimes(path, mtime, mtime);
  }
}
