import { type ComparedCase, round, summarise as compare } from '../comparison/summarise.js';
import { median } from '../results.js';
import { PEERS } from './peers.js';
import type { RestoreBounds } from './bounds.js';
import type { RollbackMeasurement } from './round.js';

const OWN = 'snapback';

/** `total` with the safety snapshot and `withoutSafety`, each beside the same restores of the peers. */
export function summarise(measurements: readonly RollbackMeasurement[]): ComparedCase[] {
  const peers = PEERS.map(({ name }) => name);
  const cases = { total: true, withoutSafety: false };
  return Object.entries(cases).flatMap(([name, safety]) => {
    const ofCase = measurements.filter(({ safetySnapshot = safety }) => safetySnapshot === safety);
    return compare(
      ofCase.map(({ contender, seconds, processorSeconds }) => ({ case: name, contender, seconds, processorSeconds })),
      [name],
      { own: OWN, peers },
    );
  });
}

/** What the clients have seen and what the log says; the peers' whole restore is downtime. */
export function downtimeCase(measurements: readonly RollbackMeasurement[], clients: number) {
  const own = measurements.filter(({ contender }) => contender === OWN);
  const seen = own.map(({ outage }) => (outage?.downtimeMs ?? NaN) / 1000);
  const logged = own.map(({ loggedDowntimeMs = NaN }) => loggedDowntimeMs / 1000);
  const waits = own.map(({ outage }) => (outage?.longestWaitMs ?? NaN) / 1000);
  const peers = PEERS.map(({ name }) => {
    const seconds = measurements.filter(({ contender }) => contender === name).map((one) => one.seconds);
    return [name, round(median(seconds))] as const;
  });
  return {
    case: 'downtime',
    clients,
    seconds: { [OWN]: round(median(seen)), ...Object.fromEntries(peers) },
    longestSeconds: round(Math.max(...seen)),
    loggedSeconds: round(median(logged)),
    longestLoggedSeconds: round(Math.max(...logged)),
    longestWaitOfOneClientSeconds: round(Math.max(...waits)),
    ratio: round(Math.min(...peers.map(([, seconds]) => seconds)) / median(seen)),
  };
}

/** Where the time of a rollback goes, and what the machine itself takes for the same. */
export function printBounds(measurements: readonly RollbackMeasurement[], bounds: RestoreBounds | undefined): void {
  for (const safety of [true, false]) {
    const own = measurements.filter(({ safetySnapshot }) => safetySnapshot === safety);
    console.log(`Seconds of the parts of a rollback ${safety ? 'with' : 'without'} its safety snapshot (medians):`);
    const names = new Set(own.flatMap(({ parts }) => [...(parts?.keys() ?? [])]));
    const figures = [...names].map((name) => [name, median(own.map(({ parts }) => parts?.get(name) ?? 0))] as const);
    console.table(Object.fromEntries(figures.map(([name, value]) => [name, { seconds: value.toFixed(2) }])));
    const server = median(own.map(({ serverProcessorSeconds }) => serverProcessorSeconds));
    const all = median(own.map(({ processorSeconds }) => processorSeconds));
    console.log(`${all.toFixed(1)} processor seconds, ${server.toFixed(1)} of them the environment's PostgreSQL's.`);
  }
  if (!bounds) return;
  console.log("What the same takes PostgreSQL's own programs on two connections, and a plain copy of the files:");
  console.table(
    Object.fromEntries(Object.entries(bounds).map(([name, value]) => [name, { seconds: Number(value).toFixed(2) }])),
  );
}
