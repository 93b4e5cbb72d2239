import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isThere, runProgram } from '../machine/program.js';
import { installPackages } from './debian-packages.js';

/** What borg's C parts are made with and of, and Python's own that Debian keeps apart. */
const BORG_IS_BUILT_WITH = [
  ...['gcc', 'pkg-config', 'python3-dev', 'python3-venv'],
  ...['libacl1-dev', 'liblz4-dev', 'libssl-dev', 'libxxhash-dev', 'libzstd-dev'],
];

/** Puts borg of this version, from the Python package index, into a directory that exists, with all of Python that it needs beside it. */
export async function buildBorg(version: string, directory: string, signal: AbortSignal): Promise<void> {
  const environment = join(directory, 'environment');
  const make = async (): Promise<void> => {
    await runProgram('python3', ['-m', 'venv', '--clear', environment], { signal });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await runProgram(join(environment, 'bin', 'python'), [...pip, `borgbackup==${version}`], { signal });
  };
  await make().catch(async () => {
    signal.throwIfAborted();
    await installPackages(BORG_IS_BUILT_WITH, `borg ${version} could not be built.`, signal);
    await make();
  });
  // Alone, since the environment has a Python too. It is last: who finds it finds a whole one.
  await symlink(join('environment', 'bin', 'borg'), join(directory, 'borg'));
}

/** A program written in Go, and where its module has it. */
export interface GoProgram {
  version: string;
  module: string;
  package: string;
}

/** Puts it into a directory. Throws a sentence where there is no Go. */
export async function buildWithGo(program: GoProgram, directory: string, signal: AbortSignal): Promise<void> {
  const { version, module, package: path } = program;
  const name = basename(path);
  if (!(await isThere('go', { signal })))
    throw new Error(`${name} ${version} is built with Go: install Go 1.25 or newer, and put "go" into PATH.`);
  // Not `go install`: that asks for the list of all versions, which not every proxy has of every module.
  const cwd = await mkdtemp(join(tmpdir(), 'snapback-bench-go-'));
  const go = (args: readonly string[]): Promise<string> => runProgram('go', args, { signal, cwd });
  try {
    await go(['mod', 'init', 'build']);
    await go(['mod', 'edit', `-require=${module}@v${version}`]);
    await go(['build', '-mod=mod', '-o', join(directory, name), path]);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
