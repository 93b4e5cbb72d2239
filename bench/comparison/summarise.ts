import { median, type BenchCase } from '../results.js';

export interface Measurement {
  case: string;
  contender: string;
  seconds: number;
  /** All that the contender keeps when the case is over; left out where nothing is stored. */
  storedBytes?: number;
  /** Of all processors together, where it was measured. */
  processorSeconds?: number;
}

export interface ComparedCase extends BenchCase {
  case: string;
  /** Medians, by contender. */
  seconds: Record<string, number>;
  storedBytes: Record<string, number>;
  processorSeconds: Record<string, number>;
  /** The fastest peer's seconds to Snapback's. */
  ratio: number | null;
  /** Snapback's stored bytes to the smallest peer's; below 1 is smaller. Null where nothing is stored. */
  storedRatio: number | null;
}

export interface Contestants {
  own: string;
  /** Those that count in the ratios. */
  peers: readonly string[];
}

/** Medians of all rounds, and Snapback beside the best of its peers, for each case in the given order. */
export function summarise(
  measurements: readonly Measurement[],
  cases: readonly string[],
  { own, peers }: Contestants,
): ComparedCase[] {
  return cases.map((name) => {
    const ofCase = measurements.filter((one) => one.case === name);
    const seconds = medians(ofCase, 'seconds');
    const storedBytes = medians(ofCase, 'storedBytes');
    const best = (figures: Record<string, number>): number =>
      Math.min(...peers.map((peer) => figures[peer] ?? Infinity));
    return {
      case: name,
      seconds,
      storedBytes,
      processorSeconds: medians(ofCase, 'processorSeconds'),
      ratio: peers.length > 0 ? round(best(seconds) / (seconds[own] ?? NaN)) : null,
      storedRatio: peers.length > 0 && own in storedBytes ? round((storedBytes[own] ?? NaN) / best(storedBytes)) : null,
    };
  });
}

function medians(
  measurements: readonly Measurement[],
  figure: 'seconds' | 'storedBytes' | 'processorSeconds',
): Record<string, number> {
  const medians: Record<string, number> = {};
  for (const [contender, own] of Map.groupBy(measurements, (one) => one.contender)) {
    const values = own.map((one) => one[figure]).filter((value) => value !== undefined);
    if (values.length > 0) medians[contender] = round(median(values));
  }
  return medians;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
