import { type ComparedCase, round, summarise as compare } from '../comparison/summarise.js';
import { median } from '../results.js';
import type { RestoreBounds } from './bounds.js';
import { OWN, ROLLBACKS, UNCHANGED } from './cases.js';
import { PEERS } from './peers.js';
import type { RollbackMeasurement } from './round.js';

/** Each case of a rollback beside the same restores of the peers; what follows a rollback and what precedes one beside our own. */
export function summarise(measurements: readonly RollbackMeasurement[]): ComparedCase[] {
  const peers = PEERS.map(({ name }) => name);
  const restores = measurements.filter((one) => one.case === 'restore');
  const rollbacks = ROLLBACKS.flatMap((name) => {
    const own = measurements.filter((one) => one.case === name);
    return compare([...own, ...restores.map((one) => ({ ...one, case: name }))], [name], { own: OWN, peers });
  });
  const refreshing = measurements.map((one) => (one.case === 'building' ? { ...one, case: 'refreshing' } : one));
  return [
    ...rollbacks,
    ...compare(measurements, ['afterRollback'], { own: OWN, peers: [UNCHANGED] }),
    ...compare(refreshing, ['refreshing'], { own: OWN, peers: ['building'] }),
  ];
}

/** What the clients have seen and what the log says; the peers' whole restore is downtime. */
export function downtimeCase(measurements: readonly RollbackMeasurement[], clients: number) {
  const own = measurements.filter(({ outage }) => outage !== undefined);
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
  for (const name of ROLLBACKS) {
    const own = measurements.filter((one) => one.case === name);
    if (own.length === 0) continue;
    console.log(`Seconds of the parts of a rollback, ${name} (medians):`);
    const names = new Set(own.flatMap(({ parts }) => [...(parts?.keys() ?? [])]));
    const figures = [...names].map((part) => [part, median(own.map(({ parts }) => parts?.get(part) ?? 0))] as const);
    console.table(Object.fromEntries(figures.map(([part, value]) => [part, { seconds: value.toFixed(2) }])));
    const server = median(own.map(({ serverProcessorSeconds }) => serverProcessorSeconds));
    const all = median(own.map(({ processorSeconds = NaN }) => processorSeconds));
    console.log(`${all.toFixed(1)} processor seconds, ${server.toFixed(1)} of them the environment's PostgreSQL's.`);
  }
  if (!bounds) return;
  console.log("What the same takes PostgreSQL's own programs on two connections, and a plain copy of the files:");
  console.table(
    Object.fromEntries(Object.entries(bounds).map(([name, value]) => [name, { seconds: Number(value).toFixed(2) }])),
  );
}
