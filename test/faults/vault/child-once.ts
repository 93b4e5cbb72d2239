import { announce, type OperationName, type Orders } from './announcements.js';
import { DeadlyBackend, deadlyConnections, DeadlySteps } from './deadly-steps.js';
import { perform } from './recorded-operations.js';
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
  await perform(world, operation, announce, () => steps.arm());
  announce({ say: 'survived' });
  process.exit(0);
}
