import type { Announcement, OperationName } from './announcements.js';
import type { Ledger } from './ledger.js';
import {
  capture,
  captureUnpublished,
  collect,
  contentsIn,
  published,
  rebuild,
  remove,
  repair,
  rotate,
} from './operations.js';
import type { World } from './world.js';

type Note = (announcement: Announcement) => void;

/** Each thing that can be done with a vault, once, on a vault that holds something. Rejects as it does. */
export async function perform(world: World, operation: OperationName, note: Note, begins: () => void): Promise<void> {
  const [snapshotId = ''] = await published(world);
  if (operation === 'capture' || operation === 'publish')
    return await captureNew(world, operation, snapshotId, note, begins);
  if (operation === 'delete') {
    note({ say: 'begin', what: 'delete', snapshotId });
    begins();
    await remove(world, snapshotId);
    return note({ say: 'done', what: 'delete', snapshotId });
  }
  note({ say: 'begin', what: operation });
  begins();
  await { collect, rebuild, rotate, repair }[operation](world);
  note({ say: 'done', what: operation });
}

async function captureNew(
  world: World,
  operation: 'capture' | 'publish',
  base: string,
  note: Note,
  begins: () => void,
): Promise<void> {
  const ids = { snapshotId: crypto.randomUUID(), attempt: crypto.randomUUID() };
  const carried = await contentsIn(world, base);
  const paths = [...carried.keys(), `utf8:${ids.attempt}.70000.random`, `utf8:${ids.attempt}-text.5000.text`];
  note({ say: 'begin', what: 'capture', ...ids, paths });
  if (operation === 'capture') begins();
  const attempt = { ...ids, paths, carried };
  if (operation === 'capture') await capture(world, attempt);
  else {
    const writer = await captureUnpublished(world, attempt);
    begins();
    await writer.publish();
  }
  note({ say: 'done', what: 'capture', ...ids });
}

/** The same, noted in a ledger; resolves to what it rejected with, or undefined. */
export async function performRecorded(world: World, ledger: Ledger, operation: OperationName): Promise<unknown> {
  try {
    await perform(
      world,
      operation,
      (announcement) => ledger.note(announcement),
      () => undefined,
    );
    return undefined;
  } catch (error) {
    return error;
  }
}
