import type { ByteRange } from '../../vault/backend/backend.js';
import type { FileEntry } from '../../vault/manifests/manifest.js';
import type { Vault } from '../../vault/vault.js';

/** Zeros of holes come in pieces of this size. */
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * The bytes of a part of a file that lies in it, holes as zeros, in bounded memory. Throws `VaultError('chunk-missing' | 'chunk-damaged')`, perhaps
 * behind bytes that were handed out.
 */
export async function* fileBytes(
  vault: Pick<Vault, 'readPart'>,
  project: string,
  { content, sparse }: FileEntry,
  { offset, bytes }: ByteRange,
): AsyncGenerator<Buffer> {
  const runs = sparse?.runs ?? [{ offset: 0, bytes: content.bytes }];
  const end = offset + bytes;
  let at = offset;
  // Where the run begins in the content.
  let before = 0;
  for (const run of runs) {
    const [from, to] = [Math.max(at, run.offset), Math.min(end, run.offset + run.bytes)];
    if (to > from) {
      yield* zeros(from - at);
      yield* vault.readPart(project, content, { offset: before + from - run.offset, bytes: to - from });
      at = to;
    }
    before += run.bytes;
  }
  yield* zeros(end - at);
}

function* zeros(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
