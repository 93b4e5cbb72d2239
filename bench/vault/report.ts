import { median } from '../results.js';
import type { BenchCase } from '../results.js';
import type { Contender } from './contender.js';
import type { PhysicalLimit } from './limit.js';
import { CASES, type CaseName, type Measurement } from './round.js';

export interface VaultBenchCase extends BenchCase {
  case: CaseName;
  /** Medians, by contender. */
  seconds: Record<string, number>;
  storedBytes: Record<string, number>;
  /** The fastest vault's seconds to Snapback's. */
  ratio: number;
  /** Snapback's stored bytes to the smallest vault's; below 1 is smaller. */
  storedRatio: number;
}

/** Medians of all rounds, and Snapback beside the best of the peers that are vaults too. */
export function summarise(measurements: readonly Measurement[], contenders: readonly Contender[]): VaultBenchCase[] {
  return CASES.map((name) => {
    const ofCase = measurements.filter((one) => one.case === name);
    const medians = (figure: 'seconds' | 'storedBytes'): Record<string, number> =>
      Object.fromEntries(
        contenders.map(({ name }) => {
          const own = ofCase.filter(({ contender }) => contender === name);
          return [name, round(median(own.map((one) => one[figure])))];
        }),
      );
    const [seconds, storedBytes] = [medians('seconds'), medians('storedBytes')];
    const [own, ...peers] = contenders.filter(({ isVault }) => isVault).map(({ name }) => name);
    const best = (figures: Record<string, number>): number =>
      Math.min(...peers.map((peer) => figures[peer] ?? Infinity));
    return {
      case: name,
      seconds,
      storedBytes,
      ratio: round(best(seconds) / (seconds[own ?? ''] ?? NaN)),
      storedRatio: round((storedBytes[own ?? ''] ?? NaN) / best(storedBytes)),
    };
  });
}

export function printCases(cases: readonly VaultBenchCase[]): void {
  console.table(
    cases.map(({ case: name, seconds, storedBytes, ratio, storedRatio }) => ({
      case: name,
      ...Object.fromEntries(Object.entries(seconds).map(([who, value]) => [`${who} s`, value.toFixed(2)])),
      'times as fast': ratio,
      ...Object.fromEntries(Object.entries(storedBytes).map(([who, bytes]) => [`${who} MB`, (bytes / 1e6).toFixed(1)])),
      'times the bytes': storedRatio,
    })),
  );
}

/** How far a full capture is from what the machine itself takes. */
export function printLimit(
  { read, readHashCompressEncrypt }: PhysicalLimit,
  full: VaultBenchCase,
  files: number,
): void {
  const own = full.seconds['snapback'] ?? NaN;
  console.log(
    `The physical limit: reading all files once takes ${read.toFixed(2)} s; read, SHA-256, zstd and AES on all cores ` +
      `${readHashCompressEncrypt.toFixed(2)} s. A full capture takes ${(own / readHashCompressEncrypt).toFixed(2)} times that, ` +
      `${((own / files) * 1e6).toFixed(0)} µs a file.`,
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
