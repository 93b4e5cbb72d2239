import { createHash, randomUUID } from 'node:crypto';
import type { Backend } from '../backend/backend.js';
import { BackendError } from '../backend/backend-error.js';
import { sourceOf } from '../backend/object-source.js';
import { DEFAULT_CHUNKER_SETTINGS, parseChunkerSettings } from '../chunking/chunker-settings.js';
import type { ChunkerSettings } from '../chunking/chunker-settings.js';
import { refuseFirstFormat } from './first-format.js';
import { FORMAT_KEY, nameOf } from './object-keys.js';
import { VaultError } from '../vault-error.js';

/** What `format.json` says: how this vault was made, for as long as it lives. */
export interface VaultFormat {
  format: 'snapback-vault/2';
  chunker: ChunkerSettings;
  /** Which vault this is: a UUID that its copies share. Vaults of before it was written down have none until they get a replica. */
  id?: string;
}

const FORMAT = 'snapback-vault/2';
const VERSION = 2;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ANY_VERSION = /^snapback-vault\/(\d{1,9})$/;

/**
 * Reads the vault's format, or makes a new vault where there is nothing. Throws `VaultError('vault-unreadable')` for what is no vault
 * or has lost its format file, `'vault-too-new'` for a vault of a later version, `'vault-too-old'` for one of the first, and
 * `'vault-missing'` when there is nothing although `isFilled` knows better: a disk that is not mounted looks like an empty place.
 */
export async function openFormat(
  backend: Backend,
  isFilled: () => Promise<boolean> = async () => false,
): Promise<VaultFormat> {
  const existing = await readFormat(backend);
  if (existing !== null) return existing;
  await refuseFirstFormat(backend);
  for await (const { key } of backend.list('')) {
    if (nameOf(key).kind === 'probe') continue;
    // Somebody who opens the same empty place at this moment makes the format file first, then what we found.
    const justMade = await readFormat(backend);
    if (justMade !== null) return justMade;
    const message = `There is no ${FORMAT_KEY} where the vault should be, but there is ${key}: restore ${FORMAT_KEY}, by \`vault repair\` or from a copy, or use an empty place.`;
    throw new VaultError('vault-unreadable', message);
  }
  if (await isFilled()) {
    const message =
      'There is nothing where the vault should be, but snapshots are known to be in it. Mount its disk, or name the place where it is (VAULT_PATH, VAULT_S3_BUCKET, VAULT_S3_PREFIX). If it is lost, see "The vault is lost" in docs/vault.md.';
    throw new VaultError('vault-missing', message);
  }
  const fresh = newFormat();
  await backend.put(FORMAT_KEY, sourceOf(printFormat(fresh)));
  // Whoever was first has made it; all go by what is there now.
  return (await readFormat(backend)) ?? fresh;
}

/** The format, null where there is none. Throws `VaultError('vault-unreadable' | 'vault-too-new')`. */
export async function readFormat(backend: Backend): Promise<VaultFormat | null> {
  try {
    return parseFormat((await backend.read(FORMAT_KEY)).toString('utf8'));
  } catch (error) {
    if (error instanceof BackendError && error.code === 'missing') return null;
    throw error;
  }
}

export function newFormat(): VaultFormat {
  return { format: FORMAT, chunker: DEFAULT_CHUNKER_SETTINGS, id: randomUUID() };
}

export function printFormat({ format, chunker, id }: VaultFormat): Buffer {
  const own = id !== undefined && { id, idChecksum: idChecksum(id) };
  const fields = { format, chunker, checksum: checksum(chunker), ...own };
  return Buffer.from(`${JSON.stringify(fields, null, 2)}\n`);
}

function parseFormat(text: string): VaultFormat {
  try {
    const { format, chunker, checksum: sum, id, idChecksum: idSum } = JSON.parse(text) as Record<string, unknown>;
    refuseNewer(format);
    if (format !== FORMAT) throw new TypeError(`Its format is ${JSON.stringify(format)}.`);
    const settings = parseChunkerSettings(chunker);
    // Other settings would be settings too: without this, one flipped bit would have all content stored a second time.
    if (sum !== checksum(settings)) throw new TypeError('Its checksum is not that of its settings.');
    if (id === undefined && idSum === undefined) return { format: FORMAT, chunker: settings };
    // With another id its replica would be somebody else's.
    if (typeof id !== 'string' || !UUID.test(id) || idSum !== idChecksum(id)) {
      throw new TypeError('Its id is not the one that was written.');
    }
    return { format: FORMAT, chunker: settings, id };
  } catch (error) {
    if (error instanceof VaultError) throw error;
    const why = error instanceof Error ? error.message : '';
    throw new VaultError(
      'vault-unreadable',
      `The vault's ${FORMAT_KEY} is damaged: ${why} Restore it, by \`vault repair\` or from a copy.`,
      { cause: error },
    );
  }
}

function refuseNewer(format: unknown): void {
  const version = typeof format === 'string' ? ANY_VERSION.exec(format)?.[1] : undefined;
  if (version === undefined || Number(version) <= VERSION) return;
  throw new VaultError(
    'vault-too-new',
    `The vault has format ${version}, this version of Snapback reads format ${VERSION}. Use the newer Snapback that made it.`,
  );
}

/** SHA-256 (hex) of the JSON array of format and id: programs of before it was written down check the other one only. */
function idChecksum(id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, id]))
    .digest('hex');
}

/** SHA-256 (hex) of the settings' values, in the order of the interface, as a JSON array. */
function checksum({ algorithm, minBytes, avgBytes, maxBytes, seed }: ChunkerSettings): string {
  const values = [FORMAT, algorithm, minBytes, avgBytes, maxBytes, seed];
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
