import type { Backend } from './backend/backend.js';
import { BackendError } from './backend/backend-error.js';
import { sourceOf } from './backend/object-source.js';
import { DEFAULT_CHUNKER_SETTINGS, parseChunkerSettings } from './chunking/chunker-settings.js';
import type { ChunkerSettings } from './chunking/chunker-settings.js';
import { FORMAT_KEY } from './object-keys.js';
import { VaultError } from './vault-error.js';

/** What `format.json` says: how this vault was made, for as long as it lives. */
export interface VaultFormat {
  format: 'snapback-vault/2';
  chunker: ChunkerSettings;
}

const FORMAT = 'snapback-vault/2';

/**
 * Reads the vault's format, or makes a new vault where there is nothing. Throws `VaultError('vault-unreadable')` for a vault of
 * another version and for what is no vault.
 */
export async function openFormat(backend: Backend): Promise<VaultFormat> {
  const existing = await readFormat(backend);
  if (existing !== null) return existing;
  for await (const { key } of backend.list('')) {
    const message = `There is no ${FORMAT_KEY} where the vault should be, but there is ${key}: restore ${FORMAT_KEY}, or use an empty place. (A vault made before version 0.2 cannot be used any more; take new snapshots.)`;
    throw new VaultError('vault-unreadable', message);
  }
  const fresh: VaultFormat = { format: FORMAT, chunker: DEFAULT_CHUNKER_SETTINGS };
  await backend.put(FORMAT_KEY, sourceOf(Buffer.from(`${JSON.stringify(fresh, null, 2)}\n`)));
  // Whoever was first has made it; all go by what is there now.
  return (await readFormat(backend)) ?? fresh;
}

async function readFormat(backend: Backend): Promise<VaultFormat | null> {
  try {
    return parseFormat((await backend.read(FORMAT_KEY)).toString('utf8'));
  } catch (error) {
    if (error instanceof BackendError && error.code === 'missing') return null;
    throw error;
  }
}

function parseFormat(text: string): VaultFormat {
  try {
    const { format, chunker } = JSON.parse(text) as Record<string, unknown>;
    if (format !== FORMAT) throw new TypeError(`Its format is ${JSON.stringify(format)}.`);
    return { format: FORMAT, chunker: parseChunkerSettings(chunker) };
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new VaultError(
      'vault-unreadable',
      `The vault's ${FORMAT_KEY} is not one this version of Snapback can read: ${why}`,
      {
        cause: error,
      },
    );
  }
}
