import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../dataset/cache-directory.js';
import { isThere } from '../machine/program.js';
import { buildBorg, buildWithGo } from './build-peers.js';
import { installPackages } from './debian-packages.js';

/** Each program, and the Debian package it is in. */
const PACKAGES: Record<string, string> = {
  pgbackrest: 'pgbackrest',
  rsync: 'rsync',
  zstd: 'zstd',
};

// The newest; Debian has them years older, or not at all.
const RESTIC_VERSION = '0.19.1';
const BORG_VERSION = '1.4.5';
const KOPIA_VERSION = '0.23.1';

/** These take part where they can be had: kopia may need a newer Go than there is, rustic is only looked for. */
const OPTIONAL_PEERS = ['kopia', 'rustic'] as const;
export type OptionalPeer = (typeof OPTIONAL_PEERS)[number];

/**
 * Installs the peers that are missing, as root on Debian, and those that are wanted in their newest version into the cache: restic with the Go
 * toolchain that is in PATH, borg with Python. Puts these first in PATH. Throws a sentence about what to do elsewhere.
 */
export async function installPeers(signal: AbortSignal): Promise<void> {
  await installMissingPackages(signal);
  await putFirst('restic', RESTIC_VERSION, (directory) => {
    const module = 'github.com/restic/restic';
    return buildWithGo({ version: RESTIC_VERSION, module, package: `${module}/cmd/restic` }, directory, signal);
  });
  await putFirst('borg', BORG_VERSION, (directory) => buildBorg(BORG_VERSION, directory, signal));
}

/** Those of the optional peers that are there, kopia built when it can be; says of the others that they take no part. */
export async function findOptionalPeers(signal: AbortSignal): Promise<OptionalPeer[]> {
  await putFirst('kopia', KOPIA_VERSION, (directory) => {
    const module = 'github.com/kopia/kopia';
    return buildWithGo({ version: KOPIA_VERSION, module, package: module }, directory, signal);
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    console.log(`kopia ${KOPIA_VERSION} could not be built: ${(error as Error).message.trim()}`);
  });
  const found: OptionalPeer[] = [];
  for (const peer of OPTIONAL_PEERS) {
    if (await isThere(peer, { signal })) found.push(peer);
    else console.log(`${peer} is not in PATH and takes no part.`);
  }
  return found;
}

async function installMissingPackages(signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(PACKAGES)) {
    if (!(await isThere(program, { signal }))) missing.push(debianPackage);
  }
  if (missing.length > 0) await installPackages(missing, 'Peers are missing.', signal);
}

/** Has a program of this version made, once, in a directory of its own, and puts that first in PATH. */
async function putFirst(program: string, version: string, make: (directory: string) => Promise<void>): Promise<void> {
  const directory = join(cacheDirectory(), 'peers', `${program}-${version}`);
  if (!existsSync(join(directory, program))) {
    console.log(`Building ${program} ${version}, once.`);
    await mkdir(directory, { recursive: true });
    await make(directory);
  }
  process.env.PATH = `${directory}:${process.env.PATH}`;
}
