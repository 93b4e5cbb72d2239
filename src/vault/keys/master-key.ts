import { readFile } from 'node:fs/promises';
import { KeyError } from './key-error.js';
import { KEY_BYTES, keyId } from './key-id.js';

const LABEL = 'snapback master key 1';

/** 32 bytes in base64: 43 characters and a filler. Checked, since Node's decoder skips whatever it does not know. */
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** The key that wraps the data keys of all projects. Kept by the operator, outside the vault, in memory here. */
export class MasterKey {
  /** 16 hexadecimal digits that name the key without giving it away. */
  readonly id: string;
  /** Private to the language, not only to the compiler: no log and no inspection shows it. */
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.id = keyId(LABEL, bytes);
  }

  /** From 32 bytes in base64, surrounding white space ignored. Throws `KeyError('master-key-invalid')`. */
  static fromBase64(text: string): MasterKey {
    const trimmed = text.trim();
    const bytes = BASE64_KEY.test(trimmed) ? Buffer.from(trimmed, 'base64') : undefined;
    if (bytes?.length !== KEY_BYTES) {
      const message = 'The master key must be 32 bytes in base64. Make one with: openssl rand -base64 32';
      throw new KeyError('master-key-invalid', message);
    }
    return new MasterKey(bytes);
  }

  /** From a file that holds the same. Throws `KeyError('master-key-invalid')`, also when it cannot be read. */
  static async fromFile(path: string): Promise<MasterKey> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      const message = `The master key cannot be read from ${path}. Check that the file is there and readable.`;
      throw new KeyError('master-key-invalid', message, { cause: error });
    }
    return MasterKey.fromBase64(text);
  }

  /** For wrapping and unwrapping; the caller keeps no copy. */
  get bytes(): Buffer {
    return this.#bytes;
  }
}
