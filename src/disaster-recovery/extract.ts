import { EngineError } from '../engine/engine-error.js';
import { extractSnapshot } from '../engine/extract/extract-snapshot.js';
import { silentProgress } from '../engine/progress.js';
import { formatBytes } from '../vault/collection/format-bytes.js';
import { CommandError, type CommandWork, type ExtractArguments } from '../vault/cli/vault-tools.js';
import { openSnapshot, type VaultStore } from '../vault/objects-alone/open-snapshot.js';

/** `snapback-vault extract`. Rejects with `CommandError`, `VaultError`, `KeyError`, as the store does, or with `signal.reason`. */
export async function extract(store: VaultStore, request: ExtractArguments, work: CommandWork): Promise<void> {
  const { project, snapshotId, to, filesAs } = request;
  const { reader, unreadablePacks } = await openSnapshot(store, project, snapshotId, work.signal);
  // No failure: whether anything is missing for it is found out below.
  for (const { key, message } of unreadablePacks) work.done(`Passed over ${key}: ${message}`);
  try {
    const { files, database } = await extractSnapshot(
      { vault: reader, project, snapshotId, to, filesAs },
      { signal: work.signal, progress: silentProgress },
    );
    if (files)
      work.done(`Files: ${files.files}, ${formatBytes(files.bytes)}, in ${to}/files${filesAs === 'tar' ? '.tar' : ''}`);
    if (database) {
      work.done(`Database: ${database.tables} tables, ${database.rows} rows; ${to}/database/load.sh loads it.`);
    }
    work.done(`Snapshot ${snapshotId} is in ${to}. Every content is what it was captured as.`);
  } catch (error) {
    if (error instanceof EngineError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
