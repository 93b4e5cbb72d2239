import type { ByteRange, ObjectSource } from './backend.js';

/** A source for bytes that are in memory, in one buffer or in several. They must not change until the put has settled. */
export function sourceOf(...buffers: Buffer[]): ObjectSource {
  return {
    bytes: buffers.reduce((sum, buffer) => sum + buffer.length, 0),
    open: async function* () {
      yield* buffers;
    },
  };
}

/** The source's bytes; throws `RangeError` as soon as they are more than announced, or at the end when they are fewer. */
export async function* exactly(object: ObjectSource): AsyncGenerator<Buffer> {
  let delivered = 0;
  for await (const buffer of object.open()) {
    delivered += buffer.length;
    if (delivered > object.bytes) break;
    yield buffer;
  }
  if (delivered !== object.bytes) {
    const what = delivered > object.bytes ? 'more' : `${delivered}`;
    throw new RangeError(`A source announced ${object.bytes} bytes and delivered ${what}.`);
  }
}

/** The source's bytes in parts of exactly `partBytes`, the last one shorter. At least one, possibly empty. */
export async function* inParts(object: ObjectSource, partBytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (let buffer of exactly(object)) {
    // A full part is handed out when more comes: the last one waits until the source has ended as it should.
    while (heldBytes + buffer.length > partBytes) {
      const taken = buffer.subarray(0, partBytes - heldBytes);
      if (taken.length > 0) held.push(taken);
      yield joined(held);
      buffer = buffer.subarray(taken.length);
      held = [];
      heldBytes = 0;
    }
    if (buffer.length === 0) continue;
    held.push(buffer);
    heldBytes += buffer.length;
  }
  yield joined(held);
}

/** Throws `RangeError` for a range that cannot be one. */
export function checkRange(range: ByteRange): void {
  for (const number of [range.offset, range.bytes]) {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw new RangeError('A range has a whole number of bytes and an offset, both 0 or more.');
    }
  }
}

function joined(buffers: Buffer[]): Buffer {
  return buffers.length === 1 && buffers[0] !== undefined ? buffers[0] : Buffer.concat(buffers);
}
