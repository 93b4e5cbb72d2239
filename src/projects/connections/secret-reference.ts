import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { DatabaseFromFile, DatabaseFromVariable } from '../../contract/generated/types.gen.js';
import { EngineError } from '../../engine/engine-error.js';

/** A connection URL is never longer. */
const MAX_BYTES = 4096;

/**
 * The value of a variable of this process, as it is now. Throws an `EngineError` that names the variable; of one that `mayRead`
 * refuses nothing tells whether it is there.
 */
export function readVariable(
  { env }: Pick<DatabaseFromVariable, 'env'>,
  mayRead: (variable: string) => boolean,
): string {
  if (!mayRead(env))
    throw unusable(`The variable ${env} is none of those that hold connection URLs of the organization.`);
  const value = process.env[env]?.trim();
  if (value) return value;
  throw unusable(`The variable ${env} is not set in the environment of this process; set it and restart.`);
}

/**
 * The content of a file below `root`, at most 4 KiB. Symbolic links are followed as long as they stay
 * below it: that is how container platforms mount secrets. Rejects with an `EngineError` that names the file, not what it holds.
 */
export async function readSecretFile(
  { file }: Pick<DatabaseFromFile, 'file'>,
  root: string | undefined,
): Promise<string> {
  if (root === undefined) throw unusable('SECRETS_ROOT is not set, so that no file can be read.');
  const path = await realPathBelow(root, file);
  // The path is real, so that a link in its last place has been put there since; a fifo must not make us wait.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => {
    throw refusal(file, 'cannot be read; check its permissions');
  });
  try {
    if (!(await handle.stat()).isFile()) throw refusal(file, 'is not a regular file');
    // One byte more than allowed tells a file that is too long, also when its size says otherwise.
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    if (bytesRead > MAX_BYTES) throw refusal(file, `is larger than ${MAX_BYTES} bytes`);
    const value = buffer.toString('utf8', 0, bytesRead).trim();
    if (value === '') throw refusal(file, 'is empty');
    return value;
  } finally {
    await handle.close();
  }
}

async function realPathBelow(root: string, file: string): Promise<string> {
  if (isAbsolute(file) || file.includes('\0') || file.split('/').includes('..')) throw outside(file);
  const realRoot = await realpath(root).catch(() => {
    throw unusable('The directory SECRETS_ROOT does not exist or cannot be read.');
  });
  const path = await realpath(join(realRoot, file)).catch(() => {
    throw refusal(file, 'does not exist below SECRETS_ROOT, or cannot be read');
  });
  if (!path.startsWith(realRoot === '/' ? '/' : `${realRoot}/`)) throw outside(file);
  return path;
}

function outside(file: string): EngineError {
  return refusal(file, 'leads outside of SECRETS_ROOT');
}

function refusal(file: string, reason: string): EngineError {
  return unusable(`The file ${JSON.stringify(file)} ${reason}.`);
}

function unusable(message: string): EngineError {
  return new EngineError('database-unreachable', message);
}
