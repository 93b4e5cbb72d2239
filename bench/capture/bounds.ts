import type { BenchEnvironment } from '../environment/environment.js';
import { type PhysicalLimit, measureLimit } from '../limits/file-limits.js';
import { type TableLimits, measureTables } from '../limits/table-limits.js';
import { measureWalk } from '../limits/walk.js';
import { median } from '../results.js';
import type { ChangedBytes } from './changed-bytes.js';
import type { CaptureMeasurement } from './round.js';

/** Seconds that the machine itself takes for the parts of a capture. */
export interface Bounds {
  files: PhysicalLimit;
  walk: number;
  tables: TableLimits;
}

export async function measureBounds(
  environment: BenchEnvironment,
  settle: () => Promise<void>,
  signal: AbortSignal,
): Promise<Bounds> {
  const files = await measureLimit(environment.filestore, settle);
  await settle();
  return {
    files,
    walk: await measureWalk(environment.filestore, signal),
    tables: await measureTables(environment, settle),
  };
}

/** Beside them, what Snapback took, and where its processor time went. */
export function printBounds(
  { files, walk, tables }: Bounds,
  measurements: readonly CaptureMeasurement[],
  changed: ChangedBytes | undefined,
): void {
  console.log('What the machine itself takes, on all cores where not said otherwise:');
  console.table({
    'read all files, one thread': seconds(files.read),
    'read, SHA-256, zstd and AES of all files': seconds(files.readHashCompressEncrypt),
    'find all files with size, times and inode, one thread': seconds(walk),
    'count(*), min(age(xmin)) of all tables, two connections': seconds(tables.scan),
    'COPY of all tables to nowhere, two connections': seconds(tables.copy),
  });
  const own = measurements.filter(({ contender }) => contender === 'snapback');
  console.log('Where the processor time of a snapshot goes (medians):');
  console.table(
    [...Map.groupBy(own, ({ case: name }) => name)].map(([name, ofCase]) => {
      const total = median(ofCase.map(({ processorSeconds }) => processorSeconds));
      const server = median(ofCase.map(({ serverProcessorSeconds }) => serverProcessorSeconds));
      return {
        case: name,
        'from request to completed': seconds(median(ofCase.map((one) => one.seconds))).seconds,
        "service, pg_dump and the service's PostgreSQL": seconds(total - server).seconds,
        "environment's PostgreSQL": seconds(server).seconds,
        'MB added': (median(ofCase.map(({ addedBytes }) => addedBytes)) / 1e6).toFixed(1),
      };
    }),
  );
  if (!changed) return;
  const { rowBytes, fileBytes, compressedBytes } = changed;
  console.log(
    `Changed: ${(rowBytes / 1e6).toFixed(1)} MB of rows' text and ${(fileBytes / 1e6).toFixed(1)} MB of files, ` +
      `${(compressedBytes / 1e6).toFixed(1)} MB compressed.`,
  );
}

function seconds(value: number): { seconds: string } {
  return { seconds: value.toFixed(2) };
}
