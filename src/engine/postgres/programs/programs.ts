import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { EngineError } from '../../engine-error.js';

export type ProgramName = 'pg_dump' | 'pg_restore' | 'psql' | 'postgres' | 'initdb' | 'pg_ctl';

export interface Program {
  path: string;
  major: number;
  /** All that it says of itself, such as `pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)`. */
  version: string;
}

export interface FindOptions {
  /** The oldest major version that will do: `pg_dump` refuses a server newer than itself. */
  minMajor?: number;
  /** Of several that will do, this major version is the best one, wherever it lies. */
  preferMajor?: number;
  /** Where `PG_BIN` and `PATH` are read, default `process.env`. */
  env?: NodeJS.ProcessEnv;
}

/** Where Debian and its relatives keep every installed version, away from PATH. */
const DEBIAN_VERSIONS = '/usr/lib/postgresql';
const VERSION_TIMEOUT_MS = 5_000;

const known = new Map<string, Promise<Program[]>>();

/**
 * One of PostgreSQL's programs: from the directory `PG_BIN`, then from `PATH`, then from
 * `/usr/lib/postgresql/<version>/bin`, newest first. One that is too old is passed over. What was found is
 * remembered until the process ends; what was not is looked for again.
 *
 * Rejects with `EngineError('client-tools-missing' | 'client-tools-too-old')`, which names the command
 * that installs it.
 */
export async function findProgram(name: ProgramName, options: FindOptions = {}): Promise<Program> {
  const env = options.env ?? process.env;
  const found = await search(name, env);
  const minMajor = options.minMajor ?? 0;
  const fitting = found.filter(({ major }) => major >= minMajor);
  const best = fitting.find(({ major }) => major === options.preferMajor) ?? fitting[0];
  if (best) return best;
  known.delete(keyOf(name, env));
  throw found.length === 0 ? missing(name) : tooOld(name, found, minMajor);
}

/** All of a name, at least one, in the same order. Rejects with `EngineError('client-tools-missing')`. */
export async function findPrograms(name: ProgramName, env: NodeJS.ProcessEnv = process.env): Promise<Program[]> {
  const found = await search(name, env);
  if (found.length === 0) throw missing(name);
  return found;
}

async function search(name: ProgramName, env: NodeJS.ProcessEnv): Promise<Program[]> {
  const key = keyOf(name, env);
  const searching = known.get(key) ?? allPrograms(name, env);
  known.set(key, searching);
  const found = await searching;
  if (found.length === 0) known.delete(key);
  return found;
}

function keyOf(name: ProgramName, env: NodeJS.ProcessEnv): string {
  return [name, env['PG_BIN'], env['PATH']].join('\0');
}

async function allPrograms(name: ProgramName, env: NodeJS.ProcessEnv): Promise<Program[]> {
  const directories = [
    ...(env['PG_BIN'] ? [env['PG_BIN']] : []),
    ...(env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== ''),
    ...(await debianDirectories()),
  ];
  const found = new Map<string, Program>();
  for (const directory of directories) {
    const program = await inspect(join(directory, name));
    if (program && !found.has(program.path)) found.set(program.path, program);
  }
  return [...found.values()];
}

async function debianDirectories(): Promise<string[]> {
  const versions = await readdir(DEBIAN_VERSIONS).catch(() => []);
  return versions
    .filter((version) => /^\d+$/.test(version))
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN_VERSIONS, version, 'bin'));
}

/** What lies at this path, or undefined when it is not there or cannot be run. */
async function inspect(path: string): Promise<Program | undefined> {
  try {
    await access(path, constants.X_OK);
    // Debian's wrapper picks a version by the configuration of local clusters, not by what we ask for;
    // the programs it picks from are found by themselves.
    if (basename(await realpath(path)) === 'pg_wrapper') return undefined;
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined ? undefined : { path, major: Number(major), version: stdout.trim() };
  } catch {
    return undefined;
  }
}

function missing(name: ProgramName): EngineError {
  return new EngineError(
    'client-tools-missing',
    `PostgreSQL's program ${name} was not found in PG_BIN, in PATH or under ${DEBIAN_VERSIONS}; install it, for example with: apt-get install ${packageOf(name)}`,
  );
}

function tooOld(name: ProgramName, found: Program[], minMajor: number): EngineError {
  const newest = Math.max(...found.map(({ major }) => major));
  return new EngineError(
    'client-tools-too-old',
    `The newest ${name} here is of PostgreSQL ${newest}, and ${minMajor} or newer is needed; install it, for example with: apt-get install ${packageOf(name)}-${minMajor}`,
  );
}

function packageOf(name: ProgramName): string {
  return name === 'postgres' || name === 'initdb' || name === 'pg_ctl' ? 'postgresql' : 'postgresql-client';
}
