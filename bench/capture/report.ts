import { type ComparedCase, round, summarise as compare } from '../comparison/summarise.js';
import { median } from '../results.js';
import type { ChangedBytes } from './changed-bytes.js';
import type { CaptureContender } from './contender.js';
import type { CaptureMeasurement, CaseName } from './round.js';

/** Medians of all rounds, Snapback, the first contender, beside the best of the others that are no yardsticks, and what each case has added. */
export function summarise(
  measurements: readonly CaptureMeasurement[],
  contenders: readonly CaptureContender[],
  cases: readonly CaseName[],
  changed: ChangedBytes | undefined,
): ComparedCase[] {
  const [own = '', ...peers] = contenders.filter(({ isYardstick }) => !isYardstick).map(({ name }) => name);
  return compare(measurements, cases, { own, peers }).map((one) => {
    const addedBytes = Object.fromEntries(
      contenders.map(({ name }) => {
        const added = measurements.filter(({ case: of, contender }) => of === one.case && contender === name);
        return [name, median(added.map((measurement) => measurement.addedBytes))];
      }),
    );
    if (one.case !== 'changed' || !changed) return { ...one, addedBytes };
    const { compressedBytes } = changed;
    const addedRatio = round((addedBytes[own] ?? NaN) / compressedBytes);
    return { ...one, addedBytes, changedBytesCompressed: compressedBytes, addedRatio };
  });
}
