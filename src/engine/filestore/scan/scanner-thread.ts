import { serveThread } from '../../../vault/threads/serve-thread.js';
import { EngineError } from '../../engine-error.js';
import { isUnreadable } from '../filestore-failure.js';
import type { HeldRoot } from './held-root.js';
import type { ScanAnswer, ScannerStart, ScanRequest } from './messages.js';
import { packItems } from './packed-items.js';
import { scanDirectory, type ScanItem } from './scan-directory.js';
import { unreadableOf } from './scanned-entry.js';

/** Enough that a message costs little beside the work, few enough that those waiting take no memory to speak of. */
const ITEMS_AN_ANSWER = 1024;

/** The entry point of a scanning thread, started by scanner.ts. */
serveThread<ScannerStart, ScanRequest>(({ start: { fd, path, leaveOutUnreadable }, port }) => {
  const root: HeldRoot = { fd, path: Buffer.from(path) };
  const scan = leaveOutUnreadable ? scanReadable : scanDirectory;
  let scanning = scanAll(root, scan, []);
  return (request) => {
    if (request.kind === 'scan') scanning = scanAll(root, scan, request.directories);
    const answer = nextOf(scanning);
    port.postMessage(answer, 'items' in answer ? [answer.items.numbers.buffer, answer.items.texts.buffer] : []);
  };
});

type Scan = (root: HeldRoot, path: Buffer) => Generator<ScanItem>;

function* scanAll(root: HeldRoot, scan: Scan, directories: readonly Uint8Array[]): Generator<ScanItem> {
  for (const directory of directories) yield* scan(root, Buffer.from(directory));
}

/** As `scanDirectory`, and says of a directory below the root that it cannot be read, in place of failing. */
function* scanReadable(root: HeldRoot, path: Buffer): Generator<ScanItem> {
  try {
    yield* scanDirectory(root, path);
  } catch (error) {
    if (path.length === 0 || !isUnreadable(error)) throw error;
    yield unreadableOf(path);
  }
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
