// One capture or one restore, in a process of its own as the peers' are: `capture <directory>`, `restore <directory>`.
import { readFile, rename, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Pool } from 'pg';
import { capture } from '../../src/engine/capture/capture.js';
import { stagedDirectoryName } from '../../src/engine/filestore/paths/enclosure.js';
import { contentsOf } from '../../src/engine/filestore/staging/content-source.js';
import { stageFilestore } from '../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../src/engine/filestore/staging/tree-builder.js';
import { silentProgress } from '../../src/engine/progress.js';
import { returnLargeBuffers } from '../../src/large-buffers.js';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { PostgresCatalogue } from '../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../src/vault/keys/master-key.js';
import { PackVault } from '../../src/vault/pack-vault.js';
import { peakMemoryBytes } from '../machine/processor-time.js';
import { threadSeconds, type ThreadSeconds } from '../machine/thread-times.js';

/** What the phase needs to know; it has secrets, so it is in a file and not among the arguments. */
export interface PhaseSettings {
  databaseUrl: string;
  vault: string;
  masterKey: string;
  project: string;
  snapshotId: string;
  /** What a capture is a differential of; none for a full one. */
  baseSnapshotId?: string;
}

export interface PhaseReport {
  /** Of the whole process: all its threads. */
  peakRssBytes: number;
  threads: ThreadSeconds;
}

const CONNECTIONS = 10;

// As the service begins.
returnLargeBuffers();

const [phase, directory = '', settingsFile = ''] = process.argv.slice(2);
const settings = JSON.parse(await readFile(settingsFile, 'utf8')) as PhaseSettings;
const { project, snapshotId, baseSnapshotId } = settings;
const pool = new Pool({ connectionString: settings.databaseUrl, max: CONNECTIONS });
const vault = new PackVault({
  backend: await LocalBackend.open(settings.vault),
  catalogue: new PostgresCatalogue(pool),
  masterKey: MasterKey.fromBase64(settings.masterKey),
});
const context = { signal: new AbortController().signal, progress: silentProgress };

if (phase === 'capture') {
  const base = baseSnapshotId === undefined ? {} : { base: { snapshotId: baseSnapshotId } };
  await capture({ project, snapshotId, filestore: directory, ...base }, vault, context);
} else {
  // Beside its place, in an enclosure, as a rollback builds it; then put in its place.
  const staged = stagedDirectoryName(directory, snapshotId);
  await stageFilestore(
    { directory: staged, entries: filestoreEntries(), contents: contentsOf(vault, project) },
    context,
  );
  await rename(staged, directory);
  await rmdir(dirname(staged));
}
await pool.end();
// Not maxRSS of getrusage(2): that begins with what the process had in memory that has started this one.
const report: PhaseReport = {
  peakRssBytes: await peakMemoryBytes(process.pid),
  threads: await threadSeconds(process.pid),
};
console.log(JSON.stringify(report));

async function* filestoreEntries(): AsyncIterable<StagedEntry> {
  for await (const entry of vault.readEntries(project, snapshotId)) {
    if (entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink') yield entry;
  }
}
