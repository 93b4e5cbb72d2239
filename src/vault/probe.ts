import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, writeNewFile } from './durable-file.js';
import { writingTo } from './storage-error.js';
import { VaultError } from './vault-error.js';

const PROBE_BYTES = 4096;

/** Writes, reads back and removes a small file in the vault's root. Rejects as `Vault.probe()` does. */
export async function probeRoot(root: string): Promise<void> {
  // No project's directory can begin with a dot.
  const file = join(root, `.probe-${randomUUID()}`);
  const written = randomBytes(PROBE_BYTES);
  const read = await writingTo(root, async () => {
    await makeDirectory(root);
    try {
      await writeNewFile(file, [written]);
      return await readFile(file);
    } finally {
      await unlink(file).catch(() => undefined);
    }
  });
  if (!read.equals(written)) {
    throw new VaultError('vault-unwritable', `The vault at ${root} does not return what was written. Check its disk.`);
  }
}
