import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from './configuration-error.js';

const SECRET_BYTES = 32;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/** 32 bytes in base64, as `CREDENTIALS_KEY` takes them. */
const SECRET_FORM = /^[A-Za-z0-9+/]{43}=$/;

/** Where a generated secret lies, such as `jwt-secret`. */
export function secretPath(dataDir: string, name: string): string {
  return join(dataDir, name);
}

/**
 * The secret of this name: 32 random bytes in base64, made by whoever asks first and kept in a file
 * that only its owner can read. Processes that ask at the same time get the same one. Once this
 * resolves, the secret survives a power cut: what is encrypted with it can be read again.
 *
 * Throws `ConfigurationError` when the file holds something else.
 */
export async function generatedSecret(dataDir: string, name: string): Promise<string> {
  const path = secretPath(dataDir, name);
  return (await readSecret(path)) ?? createSecret(dataDir, path);
}

/** The secret in this file, or undefined when there is none. Throws `ConfigurationError` when it is no secret. */
export async function readSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ConfigurationError(`The secret in ${path} cannot be read (${error.code}).`, { cause: error });
  });
  if (text === undefined) return undefined;
  const secret = text.trim();
  if (SECRET_FORM.test(secret)) return secret;
  throw new ConfigurationError(
    `The file ${path} must hold 32 bytes in base64; restore it, or remove it if nothing needs it.`,
  );
}

async function createSecret(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeDurably(draft, `${randomBytes(SECRET_BYTES).toString('base64')}\n`);
    // A link either makes the finished file appear or fails because another process was first.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(dataDir);
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(path);
  if (secret === undefined) throw new ConfigurationError(`The file ${path} disappeared as soon as it was made.`);
  return secret;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY_FILE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
