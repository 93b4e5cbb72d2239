import type { ComparedCase } from './summarise.js';

/** A table with a line for each case: everybody's seconds, how many times as fast Snapback is, and what is stored. */
export function printCases(cases: readonly ComparedCase[]): void {
  console.table(
    cases.map(({ case: name, seconds, storedBytes, ratio, storedRatio }) => ({
      case: name,
      ...columns(seconds, 's', (value) => value.toFixed(2)),
      'times as fast': ratio,
      ...columns(storedBytes, 'MB', (bytes) => (bytes / 1e6).toFixed(1)),
      ...(storedRatio === null ? {} : { 'times the bytes': storedRatio }),
    })),
  );
}

/** What each contender had of the processors, servers that it uses included. */
export function printProcessorTime(cases: readonly ComparedCase[]): void {
  console.log('Processor seconds, with those of the PostgreSQL they read from or write to:');
  console.table(
    cases.map(({ case: name, processorSeconds }) => ({
      case: name,
      ...columns(processorSeconds, 's', (value) => value.toFixed(2)),
    })),
  );
}

function columns(
  figures: Record<string, number>,
  unit: string,
  text: (value: number) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([who, value]) => [`${who} ${unit}`, text(value)]));
}
