import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from '../machine/node-options.js';
import { ownSeconds } from '../machine/processor-time.js';
import type { BenchCase } from '../results.js';
import type { RetentionReport, RetentionRequest } from './retention-process.js';
import { addSnapshots, makeProject } from './rows.js';
import { type Keys, newKeys, serviceEnvironment, startSnapback } from './service-process.js';
import { openState, type State } from './state.js';

export interface RetentionOptions {
  /** Snapshots that are due: what a decision about few, about many, and a run is measured with. */
  decidedFew: number;
  decidedMany: number;
  removed: number;
  /** For how long a worker is watched that removes from the vault what retention has removed. */
  deletionSeconds: number;
}

/** Ago (milliseconds): as old as this everything is due, with thirty days kept. */
const LONG_AGO_MS = 400 * 24 * 60 * 60 * 1000;

/**
 * A decision in which everything is due, so that it reads everything, stops and asks, with few snapshots and with many: how much memory
 * it takes. Then a run that removes.
 */
export async function measureRetention(options: RetentionOptions): Promise<BenchCase[]> {
  const state = await openState();
  try {
    const { dataSource } = state;
    const place = await makeProject(dataSource, 'pruned', 3);
    const [few = '', many = '', removed = ''] = place.environmentIds;
    const longAgo = new Date(Date.now() - LONG_AGO_MS);
    await addSnapshots(dataSource, place, few, options.decidedFew, longAgo);
    await addSnapshots(dataSource, place, many, options.decidedMany, longAgo);
    await addSnapshots(dataSource, place, removed, options.removed, longAgo);
    await dataSource.query('VACUUM ANALYZE');
    const service = { state, keys: newKeys() };
    const decided = { few: await run(service, few, 0), many: await run(service, many, 0) };
    const ran = await run(service, removed, options.removed);
    return [...report(options, decided, ran), await measureDeletions(service, options.deletionSeconds)];
  } finally {
    await state.stop();
  }
}

interface Service {
  state: State;
  keys: Keys;
}

async function run({ state, keys }: Service, environmentId: string, confirmed: number): Promise<RetentionReport> {
  const child = fork(fileURLToPath(new URL('./retention-process.js', import.meta.url)), {
    env: { PATH: process.env.PATH, ...serviceEnvironment(state, keys), LOG_LEVEL: 'silent', ROLE: 'api' },
    execArgv: [...NODE_OPTIONS],
  });
  const exited = once(child, 'exit');
  try {
    const answer = async () =>
      Promise.race([once(child, 'message'), exited.then(() => Promise.reject(new Error('Retention ended.')))]);
    await answer();
    child.send({ environmentId, confirmed } satisfies RetentionRequest);
    const [report] = (await answer()) as [RetentionReport];
    return report;
  } finally {
    if (child.connected) child.disconnect();
    await exited;
  }
}

/** What a worker does after a run: each manifest goes, then its row. Of these here the vault has nothing, which it has to find out. */
async function measureDeletions({ state, keys }: Service, seconds: number): Promise<BenchCase> {
  const left = async () => {
    const [row] = await state.dataSource.query<{ count: string }[]>(
      `SELECT count(*) FROM snapshots WHERE status = 'deleting'`,
    );
    return Number(row?.count);
  };
  const worker = await startSnapback(state, keys, { ROLE: 'worker' });
  try {
    const [before, processorBefore, startedAt] = [await left(), await ownSeconds(worker.pid), performance.now()];
    await sleep(seconds * 1000);
    const [gone, took] = [before - (await left()), (performance.now() - startedAt) / 1000];
    const workerShare = round2(((await ownSeconds(worker.pid)) - processorBefore) / took);
    const perSecond = Math.round(gone / took);
    console.log(`A worker deletes ${perSecond} of them a second, with ${workerShare} of a processor.`);
    return { case: 'snapshots deleted', ratio: null, perSecond, workerShare };
  } finally {
    await worker.stop();
  }
}

function report(
  options: RetentionOptions,
  { few, many }: Record<'few' | 'many', RetentionReport>,
  ran: RetentionReport,
): BenchCase[] {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const peaks = round2(many.rssPeak / few.rssPeak);
  const perSecond = Math.round(ran.removed / ran.seconds);
  console.log(
    `Retention decides about ${few.stoppedAt} due snapshots with at most ${megabytes(few.rssPeak)} MB (${megabytes(few.rssBefore)} before), and about ` +
      `${many.stoppedAt} in ${many.seconds.toFixed(1)} s with ${megabytes(many.rssPeak)} MB (${megabytes(many.rssBefore)}): ${peaks} times as much, in the quarters of ` +
      `that time ${many.rssQuarters.map(megabytes).join(', ')} MB. ` +
      `It removes ${ran.removed} in ${ran.seconds.toFixed(1)} s: ${perSecond} a second.`,
  );
  return [
    {
      case: 'retention decides',
      ratio: null,
      peaks,
      few: { snapshots: options.decidedFew, ...few },
      many: { snapshots: options.decidedMany, ...many },
    },
    { case: 'retention removes', ratio: null, perSecond, ...ran },
  ];
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
