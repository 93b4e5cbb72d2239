import { scanFilestore } from '../../../src/engine/filestore/scan/scan-filestore.js';

/** Scans a filestore in a process of its own, whose heap is nobody else's; says what it saw, and how its heap went up and down. */
const { gc } = globalThis;
if (!gc) throw new Error('It is to be run with --expose-gc.');
const heap: number[] = [];
let seen = 0;
let batches = 0;
for await (const entries of scanFilestore(process.argv[2]!, { signal: new AbortController().signal })) {
  seen += entries.length;
  batches += 1;
  if (batches % 4 !== 0) continue;
  await gc();
  heap.push(process.memoryUsage().heapUsed + process.memoryUsage().external);
}
process.send?.({ seen, measured: heap.length, difference: Math.max(...heap) - Math.min(...heap) });
