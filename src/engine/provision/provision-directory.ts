import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../../vault/errno.js';
import { EngineError } from '../engine-error.js';
import { unwritable } from '../filestore/filestore-failure.js';
import { displayPath } from '../filestore/paths/encoded-path.js';
import { HeldPath } from '../filestore/paths/held-path.js';
import { removeHeld } from '../filestore/paths/remove-tree.js';

const OPEN_TO_ALL = 0o755;

/** Rejects with `EngineError('place-taken')` when something is there, and with `'filestore-missing'` when the directory above it is not. */
export async function requireNoDirectory(path: string): Promise<void> {
  await above(path, async (held) => {
    if ((await held.look()) !== undefined) throw taken(path);
  });
}

/** Makes an empty directory; what it is to be, a rollback into it says. Rejects as `requireNoDirectory` does, and with `EngineError('filestore-unwritable')`. */
export async function provisionDirectory(path: string): Promise<void> {
  await above(path, async (held) => {
    await mkdir(held.at, { mode: OPEN_TO_ALL }).catch((error: unknown) => {
      throw errnoOf(error) === 'EEXIST' ? taken(path) : unwritable(Buffer.from(path), error);
    });
    await held.sync();
  });
}

/** Removes it, if nothing is in it yet. Nothing there is no error, nor is something. */
export async function removeEmptyDirectory(path: string): Promise<void> {
  await above(path, (held) => rmdir(held.at).catch(() => undefined));
}

/** Removes it with all that is in it; nothing there is no error. Rejects as `removeHeld` does. */
export async function removeProvisionedDirectory(path: string): Promise<void> {
  await above(path, (held) => removeHeld(held.at, Buffer.from(path)));
}

async function above(path: string, work: (held: HeldPath) => Promise<void>): Promise<void> {
  const held = await HeldPath.hold(path);
  if (held === undefined) {
    const parent = displayPath(Buffer.from(dirname(path)));
    throw new EngineError('filestore-missing', `The directory "${parent}" does not exist; make it first.`);
  }
  try {
    await work(held);
  } finally {
    await held.close();
  }
}

function taken(path: string): EngineError {
  const shown = displayPath(Buffer.from(path));
  return new EngineError('place-taken', `There is something at "${shown}" already; name a path that is not there yet.`);
}
