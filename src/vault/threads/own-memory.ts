import { isMarkedAsUntransferable } from 'node:worker_threads';

/** Pieces ready to be posted, and the memory to transfer with them. */
export interface OwnedPieces {
  pieces: Uint8Array[];
  memory: ArrayBuffer[];
}

/**
 * Makes pieces transferable to a thread: what is posted takes all the memory along that it is a part of. Memory that is at least half pieces goes as it is. The others, views of Node's shared
 * pool or of some larger buffer, are copied together, so that a thread never holds much more than the pieces' bytes.
 */
export function ownMemory(pieces: readonly Buffer[]): OwnedPieces {
  const used = new Map<ArrayBufferLike, number>();
  for (const piece of pieces) used.set(piece.buffer, (used.get(piece.buffer) ?? 0) + piece.length);
  const memory = [...used].filter(([buffer, bytes]) => isWorthTransferring(buffer, bytes)).map(([buffer]) => buffer);
  const transferred = new Set<ArrayBufferLike>(memory);
  const copied = pieces.filter((piece) => !transferred.has(piece.buffer));
  if (copied.length === 0) return { pieces: [...pieces], memory: memory as ArrayBuffer[] };
  const copy = Buffer.allocUnsafeSlow(copied.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  const owned = pieces.map((piece) => {
    if (transferred.has(piece.buffer)) return piece;
    at += piece.copy(copy, at);
    return copy.subarray(at - piece.length, at);
  });
  return { pieces: owned, memory: [...(memory as ArrayBuffer[]), copy.buffer] };
}

function isWorthTransferring(buffer: ArrayBufferLike, bytes: number): boolean {
  return buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer) && bytes * 2 >= buffer.byteLength;
}
