import { loadavg } from 'node:os';
import { join } from 'node:path';
import { printCases } from '../comparison/print-cases.js';
import { parseRollbackOptions, ROLLBACK_PARTS, type RollbackBenchOptions } from '../environment/options.js';
import { openSource, resultName } from '../environment/source.js';
import { runInterruptible } from '../machine/interruptible.js';
import { settleMachine } from '../machine/page-cache.js';
import { installPeers } from '../peers/install-peers.js';
import { peerVersions } from '../peers/peer-versions.js';
import { writeResults } from '../results.js';
import { measureRestoreBounds, type RestoreBounds } from './bounds.js';
import { downtimeCase, printBounds, summarise } from './report.js';
import { type RollbackMeasurement, runRound } from './round.js';

/** What the peers are made of. */
const PROGRAMS = ['restic', 'pg_dump', 'pg_restore', 'pgbackrest', 'rsync'];

/**
 * Rollbacks through the service's API, with clients connected, beside restores by hand: the same environment, changed
 * in the same way, machine and run. Options: see `parseRollbackOptions`. The standard environment writes
 * `bench/results/rollback.json`, others a file that has their scale in its name; `--only` is for looking at one part, and writes none.
 */
export async function runRollbackBench(args: readonly string[]): Promise<void> {
  const options = parseRollbackOptions(args);
  await runInterruptible('rollback', (workDirectory, signal) => run(options, workDirectory, signal));
}

async function run(options: RollbackBenchOptions, workDirectory: string, signal: AbortSignal): Promise<void> {
  const { scale, runs, cold, clients, verify, parts } = options;
  const isWhole = parts.length === ROLLBACK_PARTS.length;
  await installPeers(signal);
  const source = await openSource(options, workDirectory, signal);
  const { cluster, dataset } = source;
  const settle = async (): Promise<void> => void (await settleMachine(!cold, signal));
  console.log(
    `${(cluster.databaseBytes / 1e6).toFixed(0)} MB of database, ${(dataset.bytes / 1e6).toFixed(0)} MB in ` +
      `${dataset.files} files, ${clients} clients, load ${loadavg()[0]?.toFixed(1)}.`,
  );
  const measurements: RollbackMeasurement[] = [];
  const last: { bounds?: RestoreBounds } = {};
  let peakRssBytes = 0;
  for (let run = 1; run <= runs; run += 1) {
    console.log(`Run ${run} of ${runs}`);
    const report = await runRound({
      source,
      clients,
      verify,
      parts,
      safetyFirst: run % 2 === 1,
      directory: join(workDirectory, `round-${run}`),
      settle,
      signal,
      // Once is enough.
      ...(isWhole &&
        run === runs && {
          atEnd: async (environment, backups) => {
            last.bounds = await measureRestoreBounds(environment, backups, settle, signal);
          },
        }),
    });
    measurements.push(...report.measurements);
    peakRssBytes = Math.max(peakRssBytes, report.peakRssBytes);
  }
  if (!isWhole) return printBounds(measurements, undefined);
  const cases = summarise(measurements);
  const downtime = downtimeCase(measurements, clients);
  printCases(cases);
  console.log(
    `${clients} clients were without a database for ${downtime.seconds['snapback']} s at the median and ${downtime.longestSeconds} s ` +
      `at the most; the rollback log says ${downtime.loggedSeconds} s and ${downtime.longestLoggedSeconds} s. ` +
      `No client waited longer than ${downtime.longestWaitOfOneClientSeconds} s for an answer.`,
  );
  printBounds(measurements, last.bounds);
  console.log(`The service's process had at most ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB in memory.`);
  const { files, bytes, changedFiles } = dataset;
  const name = resultName(verify === 'counts' ? 'rollback' : `rollback-${verify}`, options);
  await writeResults(name, runs, [...cases, downtime], {
    peakRssBytes,
    peers: await peerVersions(PROGRAMS, signal),
    pageCache: cold ? 'cold' : 'warm',
    environment: { scale, databaseBytes: cluster.databaseBytes, files, fileBytes: bytes, changedFiles },
    serverSettings: cluster.settings,
    boundsSeconds: last.bounds,
  });
}
