import { announce, type OperationName, type Orders } from './announcements.js';
import { DeadlyBackend, deadlyConnections, DeadlySteps } from './deadly-steps.js';
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
import { CHILD_NAME, openWorld } from './world.js';

/** Does one thing and kills itself at its nth step; says so when it has fewer. */
export async function performOnce(
  orders: Orders,
  { operation, nth }: { operation: OperationName; nth: number },
): Promise<void> {
  const steps = new DeadlySteps(nth);
  const world = await openWorld(orders.place, CHILD_NAME, {
    backend: (inner) => new DeadlyBackend(inner, steps.step),
    connections: (pool) => deadlyConnections(pool, steps.step),
  });
  const [snapshotId = ''] = await published(world);
  if (operation === 'capture' || operation === 'publish') {
    const attempt = { snapshotId: crypto.randomUUID(), attempt: crypto.randomUUID() };
    const carried = await contentsIn(world, snapshotId);
    const paths = [...carried.keys(), `utf8:${attempt.attempt}.70000.random`, `utf8:${attempt.attempt}-text.5000.text`];
    announce({ say: 'begin', what: 'capture', ...attempt, paths });
    if (operation === 'capture') steps.arm();
    const writer =
      operation === 'publish' ? await captureUnpublished(world, { ...attempt, paths, carried }) : undefined;
    steps.arm();
    await (writer?.publish() ?? capture(world, { ...attempt, paths, carried }));
    announce({ say: 'done', what: 'capture', ...attempt });
  } else if (operation === 'delete') {
    announce({ say: 'begin', what: 'delete', snapshotId });
    steps.arm();
    await remove(world, snapshotId);
    announce({ say: 'done', what: 'delete', snapshotId });
  } else {
    announce({ say: 'begin', what: operation });
    steps.arm();
    await { collect, rebuild, rotate, repair }[operation](world);
    announce({ say: 'done', what: operation });
  }
  announce({ say: 'survived' });
  process.exit(0);
}
