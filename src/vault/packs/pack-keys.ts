import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { DataKey } from '../keys/data-key.js';
import { PackError } from './pack-error.js';
import type { PackHeader } from './pack-format.js';

const KEY_BYTES = 32;

/**
 * The two keys of one pack, with the header they belong to. In memory only. Key objects and not their bytes: Node takes
 * longer to look at a buffer given as a key than to decrypt a small chunk.
 */
export interface PackKeys {
  header: PackHeader;
  frames: KeyObject;
  index: KeyObject;
}

/** Derives a pack's keys. Throws `PackError('wrong-key')` when the pack was written under another data key. */
export function derivePackKeys(dataKey: DataKey, header: PackHeader): PackKeys {
  if (header.keyId !== dataKey.id) {
    const message =
      `The pack was written under data key ${header.keyId}, but the project's key is ${dataKey.id}. ` +
      'Check that the project key file belongs to this vault and project.';
    throw new PackError('wrong-key', message, 'header');
  }
  return {
    header,
    frames: derive(dataKey, header, 'snapback pack 1 frames'),
    index: derive(dataKey, header, 'snapback pack 1 index'),
  };
}

function derive(dataKey: DataKey, header: PackHeader, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', dataKey.bytes, header.salt, info, KEY_BYTES)));
}
