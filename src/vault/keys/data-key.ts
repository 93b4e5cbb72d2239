import { randomBytes } from 'node:crypto';
import { KEY_BYTES, keyId } from './key-id.js';

const LABEL = 'snapback data key 1';

/**
 * The key a project's data is encrypted under. It never changes and is never written but wrapped by a master key,
 * see project-key-file.ts.
 */
export class DataKey {
  /** 16 hexadecimal digits; written into every pack. */
  readonly id: string;
  /** Private to the language, not only to the compiler: no log and no inspection shows it. */
  readonly #bytes: Buffer;

  /** Throws `RangeError` unless there are 32 bytes. */
  constructor(bytes: Buffer) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`A data key has ${KEY_BYTES} bytes.`);
    this.#bytes = bytes;
    this.id = keyId(LABEL, bytes);
  }

  static generate(): DataKey {
    return new DataKey(randomBytes(KEY_BYTES));
  }

  /** For deriving, wrapping, and handing to a worker thread; the caller keeps no copy. */
  get bytes(): Buffer {
    return this.#bytes;
  }
}
