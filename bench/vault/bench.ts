import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { printCases } from '../comparison/print-cases.js';
import { openDataset } from '../dataset/dataset.js';
import { writeResults } from '../results.js';
import { findOptionalPeers, installPeers } from '../peers/install-peers.js';
import { peerVersions } from '../peers/peer-versions.js';
import { printThreadShares, threadShares } from '../machine/thread-times.js';
import { measureLimit } from '../limits/file-limits.js';
import { OPTIONAL } from './optional-peers.js';
import { parseVaultBenchOptions } from './options.js';
import { settleMachine } from '../machine/page-cache.js';
import { measurePerFile } from './per-file.js';
import { Borg, Restic, TarZstd } from './peers.js';
import { printLimit, summarise } from './report.js';
import { type Measurement, runRound } from './round.js';
import { Snapback } from './snapback.js';

/**
 * Snapback's vault beside restic, borg, kopia and rustic where they can be had, and `tar | zstd`: the same files, machine and run, alternating.
 * Options: see `parseVaultBenchOptions`. Only the standard number of files writes `bench/results/vault.json`; others write
 * `vault-<files>.json`. Ends in order at SIGINT and SIGTERM.
 */
export async function runVaultBench(args: readonly string[]): Promise<void> {
  const { files, runs, warm, perFile } = parseVaultBenchOptions(args);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('The bench was interrupted.'));
  // Not once: a terminal and npm both send it, and a second one must not end the process before it has cleaned up.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const { signal } = interrupted;

  await installPeers(signal);
  const optional = await findOptionalPeers(signal);
  console.log(`The data set of ${files} files is looked for in the cache, and made when it is not there.`);
  const dataset = await openDataset(files);
  const workDirectory = await mkdtemp(join(tmpdir(), 'snapback-vault-bench-'));
  try {
    // PostgreSQL's user has to pass through.
    await chmod(workDirectory, 0o755);
    const postgres = await startEmbeddedPostgres({ dataDir: join(workDirectory, 'postgres') });
    try {
      const snapback = new Snapback(postgres.url, signal);
      const others = optional.map((name) => new OPTIONAL[name](signal));
      const contenders = [snapback, new Restic(signal), new Borg(signal), ...others, new TarZstd(signal)];
      const cold = await settleMachine(warm, signal);
      const settle = async (): Promise<void> => void (await settleMachine(warm, signal));
      console.log(
        `${(dataset.bytes / 1e6).toFixed(0)} MB, load ${loadavg()[0]?.toFixed(1)}, the page cache is ` +
          `${cold ? 'dropped before each run' : 'warm, what was just written is in memory'}. Each time counts the start of the program, Snapback's too.`,
      );
      const measurements: Measurement[] = [];
      for (let run = 1; run <= runs; run += 1) {
        console.log(`Run ${run} of ${runs}`);
        measurements.push(
          ...(await runRound({ dataset, contenders, directory: join(workDirectory, `round-${run}`), settle, signal })),
        );
      }
      const limit = await measureLimit(dataset.base, settle);
      const cases = summarise(measurements, contenders);
      printCases(cases);
      printLimit(limit, cases[0]!, files);
      const catalogueBytes = await snapback.catalogueBytes();
      const { peakRssBytes } = snapback;
      console.log(
        `Snapback had at most ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB in memory; its catalogue takes ${(catalogueBytes / 1e6).toFixed(1)} MB in PostgreSQL.`,
      );
      const threadShareOfFull = threadShares(snapback.fullThreads);
      printThreadShares('a full capture', threadShareOfFull);
      const times = perFile ? await measurePerFile(snapback, { workDirectory, settle, signal }) : undefined;
      if (times) console.log('Seconds for 10,000 files, by how many there are:', times);
      const { bytes, changedFiles, changedBytes } = dataset;
      await writeResults(files === 20_000 ? 'vault' : `vault-${files}`, runs, cases, {
        peakRssBytes,
        threadShareOfFull,
        peers: await peerVersions(['restic', 'borg', ...optional, 'tar', 'zstd'], signal),
        catalogueBytes,
        pageCache: cold ? 'cold' : 'warm',
        dataset: { files, bytes, changedFiles, changedBytes },
        physicalLimitSeconds: limit,
        ...(times && { perFile: times }),
      });
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
