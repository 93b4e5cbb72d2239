import { serveThread } from '../../../vault/threads/serve-thread.js';
import { FACTS, type ReadAnswer, type ReaderStart, type ReadRequest } from './messages.js';
import { readUnchanged } from './read-unchanged.js';

/** The entry point of a reading thread, started by small-files.ts. */
serveThread<ReaderStart, ReadRequest>(({ start: { fd, path }, port }) => {
  const root = { fd, path: Buffer.from(path) };
  return ({ request, paths, facts }) => {
    const all = Buffer.from(paths.buffer, paths.byteOffset, paths.byteLength);
    const contents: ReadAnswer['contents'] = [];
    for (let start = 0; contents.length * FACTS < facts.length;) {
      const nul = all.indexOf(0, start);
      const end = nul === -1 ? all.length : nul;
      contents.push(readUnchanged(root, all.subarray(start, end), facts, contents.length * FACTS));
      start = end + 1;
    }
    const memory = contents.flatMap((content) => (content === null ? [] : [content.buffer]));
    port.postMessage({ request, contents } satisfies ReadAnswer, memory);
  };
});
