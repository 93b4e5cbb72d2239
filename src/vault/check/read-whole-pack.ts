import { createHash } from 'node:crypto';
import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { openFrame } from '../packs/frame.js';
import { PackError } from '../packs/pack-error.js';
import { HEADER_BYTES } from '../packs/pack-format.js';
import type { OpenedPack } from '../packs/pack-reader.js';

export interface WholePack {
  /** Whether its bytes are those it is named after. */
  named: boolean;
  /** Frames that do not hold their chunk. */
  badFrames: number;
}

/**
 * Reads every byte of a pack once: its SHA-256 against its name, and every frame against the chunk its index names. In
 * memory is one frame. Throws as the backend does, except that a pack that ends early is one with bad frames.
 */
export async function readWholePack(
  backend: Backend,
  key: string,
  packId: Buffer,
  { keys, entries }: OpenedPack,
): Promise<WholePack> {
  const sum = createHash('sha256');
  let badFrames = 0;
  let next = 0;
  /** Bytes of the frame that is being gathered, and how many to skip before it. */
  let parts: Buffer[] = [];
  let gathered = 0;
  let skip = HEADER_BYTES;
  const opens = (frame: Buffer): boolean => {
    try {
      openFrame(keys, entries[next]!, frame);
      return true;
    } catch (error) {
      if (error instanceof PackError) return false;
      throw error;
    }
  };
  try {
    for await (const buffer of backend.stream(key)) {
      sum.update(buffer);
      let rest = buffer.subarray(Math.min(skip, buffer.length));
      skip -= buffer.length - rest.length;
      while (next < entries.length && rest.length > 0) {
        const taken = rest.subarray(0, entries[next]!.storedBytes - gathered);
        parts.push(taken);
        gathered += taken.length;
        rest = rest.subarray(taken.length);
        if (gathered < entries[next]!.storedBytes) break;
        if (!opens(Buffer.concat(parts))) badFrames += 1;
        next += 1;
        [parts, gathered] = [[], 0];
      }
    }
  } catch (error) {
    if (!isBackendError(error, 'truncated')) throw error;
  }
  return { named: sum.digest().equals(packId), badFrames: badFrames + entries.length - next };
}
