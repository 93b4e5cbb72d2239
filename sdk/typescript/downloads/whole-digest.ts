import { SnapbackError } from '../errors/snapback-error.js';

/** What runtimes of servers have, which browsers lack: a digest that takes one piece at a time. */
interface NodeCrypto {
  createHash(algorithm: 'sha256'): { update(piece: Uint8Array): unknown; digest(encoding: 'hex'): string };
}
interface WithModules {
  process?: { getBuiltinModule?: (name: 'node:crypto') => NodeCrypto | undefined };
}

/** The tag of what has the SHA-256 of its bytes for one. */
const TAG = /^"([0-9a-f]{64})"$/;

/** Whether what has come is, to the byte, what its tag says. Undefined where nothing says it, and where the runtime cannot tell. */
export class WholeDigest {
  private constructor(
    private readonly hash: ReturnType<NodeCrypto['createHash']>,
    private readonly expected: string,
  ) {}

  static of(tag: string | undefined): WholeDigest | undefined {
    const expected = TAG.exec(tag ?? '')?.[1];
    const crypto = (globalThis as WithModules).process?.getBuiltinModule?.('node:crypto');
    return expected === undefined || crypto === undefined
      ? undefined
      : new WholeDigest(crypto.createHash('sha256'), expected);
  }

  add(piece: Uint8Array): void {
    this.hash.update(piece);
  }

  /** Throws when the bytes are others. */
  verify(): void {
    if (this.hash.digest('hex') !== this.expected)
      throw new SnapbackError('What came is not the file: its SHA-256 is another one. Download it again.');
  }
}
