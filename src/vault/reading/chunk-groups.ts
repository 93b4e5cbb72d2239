/** Chunks are read some at a time, up to so many and so many bytes, unless one alone has more. */
const MOST_CHUNKS = 128;
const MOST_BYTES = 1024 * 1024;

/** Cuts a list of chunks into groups that are worth a request and fit into memory. */
export function* chunkGroups<T>(chunks: readonly T[], bytesOf: (chunk: T) => number): Generator<T[]> {
  let group: T[] = [];
  let groupBytes = 0;
  for (const chunk of chunks) {
    const bytes = bytesOf(chunk);
    if (group.length === MOST_CHUNKS || (group.length > 0 && groupBytes + bytes > MOST_BYTES)) {
      yield group;
      [group, groupBytes] = [[], 0];
    }
    group.push(chunk);
    groupBytes += bytes;
  }
  if (group.length > 0) yield group;
}
