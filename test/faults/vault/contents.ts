import { createCipheriv, createHash } from 'node:crypto';
import type { Random } from './random.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Contents that any capture may have, so that the same ones are stored by several, at the same time too. */
const COMMON = 24;

/**
 * A path says what is in the file: `utf8:<name>.<bytes>.<text|random>`. So whoever finds one in a manifest knows every
 * byte of it without having been told.
 */
export function contentOf(path: string): Buffer {
  const [, name = '', bytes = '', kind] = /^utf8:(.+)\.(\d+)\.(text|random)$/.exec(path) ?? [];
  if (kind === undefined) throw new Error(`${path} does not say what is in it.`);
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(
    Buffer.alloc(kind === 'random' ? Number(bytes) : 64),
  );
  return kind === 'random' ? noise : Buffer.alloc(Number(bytes), `${name}: ${noise.toString('hex')}\n`);
}

/** Paths of a capture's own files, some small and one large, and of some that others have too. */
export function inventPaths(random: Random, name: string): string[] {
  const paths = new Set<string>();
  for (let file = random.between(2, 6); file > 0; file -= 1) {
    const bytes = random.chance(0.1) ? 0 : random.between(1, 60 * KIB);
    paths.add(`utf8:${name}-${file}.${bytes}.${random.chance(0.5) ? 'text' : 'random'}`);
  }
  // Now and then more than a pack holds, which then is stored while the rest is still being read.
  const large = random.chance(0.05) ? random.between(17 * MIB, 20 * MIB) : random.between(2 * MIB, 4 * MIB);
  paths.add(`utf8:${name}-large.${large}.random`);
  for (let file = random.between(1, 6); file > 0; file -= 1) {
    const common = random.between(1, COMMON);
    paths.add(`utf8:common-${common}.${common * 9_001}.${common % 2 === 0 ? 'text' : 'random'}`);
  }
  return [...paths];
}

/** As a reader brings it. */
export async function* inBuffers(bytes: Buffer, size = 64 * KIB): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}
