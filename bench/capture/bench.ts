import { loadavg } from 'node:os';
import { join } from 'node:path';
import { printCases, printProcessorTime } from '../comparison/print-cases.js';
import { type EnvironmentBenchOptions, parseEnvironmentOptions } from '../environment/options.js';
import { openSource, resultName } from '../environment/source.js';
import { runInterruptible } from '../machine/interruptible.js';
import { settleMachine } from '../machine/page-cache.js';
import { installPeers } from '../peers/install-peers.js';
import { peerVersions } from '../peers/peer-versions.js';
import { PgBackRestRepository } from '../peers/pgbackrest-repository.js';
import { printThreadShares, threadShares } from '../machine/thread-times.js';
import { writeResults } from '../results.js';
import { type Bounds, measureBounds, printBounds } from './bounds.js';
import { type ChangedBytes, measureChangedBytes } from './changed-bytes.js';
import type { CaptureContender } from './contender.js';
import { DumpAndTar, DumpToBorg, DumpToRestic } from './peers.js';
import { PhysicalBackup } from './physical-backup.js';
import { summarise } from './report.js';
import { CASES, type CaptureMeasurement, type CaseName, runRound } from './round.js';
import { Snapback } from './snapback.js';

/** From this scale on only the unchanged capture is of interest, beside the scan of the tables. */
const LARGE_SCALE = 10;

/** What the peers are made of. */
const PROGRAMS = ['restic', 'borg', 'pg_dump', 'tar', 'zstd', 'pgbackrest'];

/**
 * Snapshots through the service's API beside dumps and backup programs: the same environment, machine and run,
 * alternating. Options: see `parseEnvironmentOptions`. The standard environment writes `bench/results/capture.json`,
 * others a file that has their scale in its name.
 */
export async function runCaptureBench(args: readonly string[]): Promise<void> {
  const options = parseEnvironmentOptions(args);
  await runInterruptible('capture', (workDirectory, signal) => run(options, workDirectory, signal));
}

async function run(options: EnvironmentBenchOptions, workDirectory: string, signal: AbortSignal): Promise<void> {
  const { scale, runs, cold } = options;
  const isLarge = scale >= LARGE_SCALE;
  await installPeers(signal);
  const source = await openSource(options, workDirectory, signal);
  const { cluster, dataset } = source;
  const snapback = new Snapback();
  const peers = isLarge ? [] : await peersOf(join(cluster.directory, 'cluster'), signal);
  const contenders: CaptureContender[] = [snapback, ...peers];
  const settle = async (): Promise<void> => void (await settleMachine(!cold, signal));
  console.log(
    `${(cluster.databaseBytes / 1e6).toFixed(0)} MB of database, ${(dataset.bytes / 1e6).toFixed(0)} MB in ` +
      `${dataset.files} files, load ${loadavg()[0]?.toFixed(1)}, the page cache is ${cold ? 'dropped before each run' : 'warm'}.`,
  );
  const measurements: CaptureMeasurement[] = [];
  const cases: readonly CaseName[] = isLarge ? ['full', 'unchanged'] : CASES;
  const last: { bounds?: Bounds; changed?: ChangedBytes } = {};
  for (let run = 1; run <= runs; run += 1) {
    console.log(`Run ${run} of ${runs}`);
    const round = await runRound({
      source,
      contenders,
      cases,
      directory: join(workDirectory, `round-${run}`),
      settle,
      signal,
      // Once is enough, while there is an environment.
      ...(run === runs && {
        atEnd: async (environment) => {
          last.bounds = await measureBounds(environment, settle, signal);
          if (!isLarge) last.changed = await measureChangedBytes(environment, source);
        },
      }),
    });
    measurements.push(...round);
  }
  const { bounds, changed } = last;
  const summary = summarise(measurements, contenders, cases, changed);
  printCases(summary);
  printProcessorTime(summary);
  if (bounds) printBounds(bounds, measurements, changed);
  const { peakRssBytes, fullThreads } = snapback;
  const threadShareOfFull = threadShares(fullThreads);
  printThreadShares('the service in a full snapshot', threadShareOfFull);
  console.log(`The service's process had at most ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB in memory.`);
  const { files, bytes, changedFiles } = dataset;
  await writeResults(resultName('capture', options), runs, summary, {
    peakRssBytes,
    threadShareOfFull,
    peers: isLarge ? {} : await peerVersions(PROGRAMS, signal),
    pageCache: cold ? 'cold' : 'warm',
    environment: { scale, databaseBytes: cluster.databaseBytes, files, fileBytes: bytes, changedFiles },
    serverSettings: cluster.settings,
    boundsSeconds: bounds,
    ...(changed && { changedBytes: changed }),
  });
}

/** `cluster` is the data directory of a server like the environment's, at rest. */
async function peersOf(cluster: string, signal: AbortSignal): Promise<CaptureContender[]> {
  const peers = [new DumpToRestic(signal), new DumpToBorg(signal), new DumpAndTar(signal)];
  return (await PgBackRestRepository.knows(cluster, signal)) ? [...peers, new PhysicalBackup(signal)] : peers;
}
