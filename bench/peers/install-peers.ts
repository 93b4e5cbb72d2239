import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../dataset/cache-directory.js';
import { runProgram } from '../machine/program.js';

/** Each program, and the Debian package it is in. */
const PACKAGES: Record<string, string> = {
  borg: 'borgbackup',
  pgbackrest: 'pgbackrest',
  rsync: 'rsync',
  zstd: 'zstd',
};

/** The newest; Debian's is years older. */
const RESTIC_VERSION = '0.19.1';

/**
 * Installs the peers that are missing, as root on Debian, and restic of its newest version with the Go toolchain that is in PATH, into
 * the cache; puts that one first in PATH. Throws a sentence about what to do elsewhere.
 */
export async function installPeers(signal: AbortSignal): Promise<void> {
  await installPackages(signal);
  const directory = join(cacheDirectory(), 'peers', `restic-${RESTIC_VERSION}`);
  await access(join(directory, 'restic')).catch(() => buildRestic(directory, signal));
  process.env.PATH = `${directory}:${process.env.PATH}`;
}

async function installPackages(signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(PACKAGES)) {
    if (!(await isThere(program, signal))) missing.push(debianPackage);
  }
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) throw new Error(`The peers are missing. As root: apt-get ${install.join(' ')}`);
  console.log(`Installing ${missing.join(', ')}.`);
  const options = { signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  await runProgram('apt-get', install, options).catch(async () => {
    // The lists of a fresh machine are empty or old.
    await runProgram('apt-get', ['update'], options);
    await runProgram('apt-get', install, options);
  });
}

async function buildRestic(directory: string, signal: AbortSignal): Promise<void> {
  if (!(await isThere('go', signal)))
    throw new Error(`restic ${RESTIC_VERSION} is built with Go: install Go 1.21 or newer, and put "go" into PATH.`);
  console.log(`Building restic ${RESTIC_VERSION}, once.`);
  const module = `github.com/restic/restic/cmd/restic@v${RESTIC_VERSION}`;
  await runProgram('go', ['install', module], { signal, env: { GOBIN: directory } });
}

/** How each program that takes part says which version it is; those that are not there are left out. */
const VERSION_OF: Record<string, readonly string[]> = {
  restic: ['version'],
  borg: ['--version'],
  rustic: ['--version'],
  kopia: ['--version'],
  pgbackrest: ['version'],
  zstd: ['--version'],
};

/** What the peers say of themselves, for the results. */
export async function peerVersions(signal: AbortSignal): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const [program, args] of Object.entries(VERSION_OF)) {
    if (await isThere(program, signal)) said[program] = (await runProgram(program, args, { signal })).trim();
  }
  return said;
}

/** Whether a program can be run. */
export async function isThere(program: string, signal: AbortSignal): Promise<boolean> {
  try {
    await runProgram(program, ['--version'], { signal });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // Whether it knows the option is not the question.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
