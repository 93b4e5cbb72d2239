import { type ComparedCase, summarise as compare } from '../comparison/summarise.js';
import type { Contender } from './contender.js';
import type { PhysicalLimit } from '../limits/file-limits.js';
import { CASES, type Measurement } from './round.js';

/** Medians of all rounds, and Snapback, the first contender, beside the best of the peers that are vaults too. */
export function summarise(measurements: readonly Measurement[], contenders: readonly Contender[]): ComparedCase[] {
  const [own = '', ...peers] = contenders.filter(({ isVault }) => isVault).map(({ name }) => name);
  return compare(measurements, CASES, { own, peers });
}

/** How far a full capture is from what the machine itself takes. */
export function printLimit({ read, readHashCompressEncrypt }: PhysicalLimit, full: ComparedCase, files: number): void {
  const own = full.seconds['snapback'] ?? NaN;
  console.log(
    `The physical limit: reading all files once takes ${read.toFixed(2)} s; read, SHA-256, zstd and AES on all cores ` +
      `${readHashCompressEncrypt.toFixed(2)} s. A full capture takes ${(own / readHashCompressEncrypt).toFixed(2)} times that, ` +
      `${((own / files) * 1e6).toFixed(0)} µs a file.`,
  );
}
