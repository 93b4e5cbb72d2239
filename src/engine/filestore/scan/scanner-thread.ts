import { serveThread } from '../../../vault/threads/serve-thread.js';
import { EngineError } from '../../engine-error.js';
import type { HeldRoot } from './held-root.js';
import type { ScanAnswer, ScannerStart, ScanRequest } from './messages.js';
import { packItems } from './packed-items.js';
import { scanDirectory, type ScanItem } from './scan-directory.js';

/** Enough that a message costs little beside the work, few enough that those waiting take no memory to speak of. */
const ITEMS_AN_ANSWER = 1024;

/** The entry point of a scanning thread, started by scanner.ts. */
serveThread<ScannerStart, ScanRequest>(({ start: { fd, path }, port }) => {
  const root: HeldRoot = { fd, path: Buffer.from(path) };
  let scanning = scanAll(root, []);
  return (request) => {
    if (request.kind === 'scan') scanning = scanAll(root, request.directories);
    const answer = nextOf(scanning);
    port.postMessage(answer, 'items' in answer ? [answer.items.numbers.buffer, answer.items.texts.buffer] : []);
  };
});

function* scanAll(root: HeldRoot, directories: readonly Uint8Array[]): Generator<ScanItem> {
  for (const directory of directories) yield* scanDirectory(root, Buffer.from(directory));
}

function nextOf(scanning: Generator<ScanItem>): ScanAnswer {
  const items: ScanItem[] = [];
  try {
    while (items.length < ITEMS_AN_ANSWER) {
      const { value, done } = scanning.next();
      if (done) return { items: packItems(items), done: true };
      items.push(value);
    }
    return { items: packItems(items), done: false };
  } catch (error) {
    // What is no EngineError ends the thread, and with it the scan.
    if (!(error instanceof EngineError)) throw error;
    const { code, message, cause } = error;
    return { failure: { code, message, cause } };
  }
}
