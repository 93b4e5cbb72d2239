import { once } from 'node:events';
import { announce, ORDERS, type Orders } from './announcements.js';
import { performOnce } from './child-once.js';
import { workForEver } from './child-loop.js';

/** A process that works on a vault until it is killed. */
const orders = JSON.parse(process.env[ORDERS] ?? '') as Orders;
process.on('unhandledRejection', (error) => {
  const message = error instanceof Error ? (error.stack ?? '') : String(error);
  announce({ say: 'failed', what: 'process', code: 'unhandled-rejection', message });
  process.exit(1);
});
// Its parent is gone: nobody would ever kill it.
process.stdin.on('end', () => process.exit(1));
announce({ say: 'ready' });
await once(process.stdin, 'data');
if (orders.once === undefined) await workForEver(orders);
else await performOnce(orders, orders.once);
