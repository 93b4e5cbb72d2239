import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from '../machine/node-options.js';
import type { BenchCase } from '../results.js';
import type { RetentionReport, RetentionRequest } from './retention-process.js';
import { addSnapshots, makeProject } from './rows.js';
import { type Keys, newKeys, serviceEnvironment } from './service-process.js';
import { openState, type State } from './state.js';

export interface RetentionOptions {
  /** Snapshots that are due: what a decision about few, about many, and a run is measured with. */
  decidedFew: number;
  decidedMany: number;
  removed: number;
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
    return report(options, decided, ran);
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

function report(
  options: RetentionOptions,
  { few, many }: Record<'few' | 'many', RetentionReport>,
  ran: RetentionReport,
): BenchCase[] {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const peaks = Math.round((many.rssPeak / few.rssPeak) * 100) / 100;
  const perSecond = Math.round(ran.removed / ran.seconds);
  console.log(
    `Retention decides about ${few.stoppedAt} due snapshots with at most ${megabytes(few.rssPeak)} MB (${megabytes(few.rssBefore)} before), and about ` +
      `${many.stoppedAt} in ${many.seconds.toFixed(1)} s with ${megabytes(many.rssPeak)} MB (${megabytes(many.rssBefore)}): ${peaks} times as much. ` +
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
