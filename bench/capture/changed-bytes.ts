import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { to } from 'pg-copy-streams';
import { encodeBody } from '../../src/vault/packs/chunk-body.js';
import { changedRowsQuery } from '../environment/database-content.js';
import type { BenchEnvironment, EnvironmentSource } from '../environment/environment.js';

/** Of text that is compressed at a time: about what the vault's chunks have. */
const PIECE_BYTES = 1024 * 1024;

export interface ChangedBytes {
  /** The text COPY makes of the rows that are not as in the first version. */
  rowBytes: number;
  fileBytes: number;
  /** Both, compressed as the vault does. */
  compressedBytes: number;
}

/** What has changed and nothing else, as rows and files: no way of storing the difference needs much less. */
export async function measureChangedBytes(
  environment: BenchEnvironment,
  { size, dataset }: EnvironmentSource,
): Promise<ChangedBytes> {
  const changed: ChangedBytes = { rowBytes: 0, fileBytes: 0, compressedBytes: 0 };
  const compress = (plain: Buffer): void => {
    changed.compressedBytes += encodeBody(plain).bytes.length;
  };
  await environment.withClient(async (client) => {
    let [pieces, bytes]: [Buffer[], number] = [[], 0];
    const flush = (): void => {
      if (bytes > 0) compress(Buffer.concat(pieces));
      [pieces, bytes] = [[], 0];
    };
    for await (const buffer of client.query(to(`COPY (${changedRowsQuery(size)}) TO STDOUT`))) {
      pieces.push(buffer as Buffer);
      bytes += (buffer as Buffer).length;
      changed.rowBytes += (buffer as Buffer).length;
      if (bytes >= PIECE_BYTES) flush();
    }
    flush();
  });
  for (const entry of await readdir(dataset.changes, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(entry.parentPath, entry.name));
    changed.fileBytes += content.length;
    compress(content);
  }
  return changed;
}
