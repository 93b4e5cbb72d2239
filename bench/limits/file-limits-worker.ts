import { createCipheriv, hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { encodeBody } from '../../src/vault/packs/chunk-body.js';

/** What a worker is started with: its share of the files, and what to do with each. */
export interface LimitShare {
  files: string[];
  work: 'read' | 'read, hash, compress, encrypt';
}

// Synchronous calls and nothing between them: what no program on as many threads is faster than.
const { files, work } = workerData as LimitShare;
const key = randomBytes(32);
for (const file of files) {
  const plain = readFileSync(file);
  if (work === 'read') continue;
  hash('sha256', plain, 'buffer');
  const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12));
  cipher.update(encodeBody(plain).bytes);
  cipher.final();
}
parentPort?.postMessage('done');
