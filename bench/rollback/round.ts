import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RollbackLog, VerifyRestored } from '../../sdk/typescript/generated/types.gen.js';
import { BenchEnvironment, type EnvironmentSource } from '../environment/environment.js';
import { RegisteredEnvironment } from '../environment/registered-environment.js';
import { ServiceProcess } from '../environment/service.js';
import { endedProgramsSeconds, processorSeconds } from '../machine/processor-time.js';
import { Backups } from './backups.js';
import type { Outage } from './client-process.js';
import { WRITTEN } from './written.js';
import { Parts } from './parts.js';
import { PEERS, restoreWith } from './peers.js';
import { ReconnectingClients } from './reconnecting-clients.js';

/** What a file must have been left alone for to be taken from the live filestore; see `LiveFiles`. */
const LEFT_ALONE_MS = 61_000;
/** Of the parts of a rollback: from its end to that of its safety snapshot. */
const SAFETY_PART = 'afterwards: safetySnapshot';

export interface RollbackMeasurement {
  contender: string;
  /** Of Snapback; a peer's is left out. */
  safetySnapshot?: boolean;
  seconds: number;
  processorSeconds: number;
  /** Of the environment's server alone. */
  serverProcessorSeconds: number;
  outage?: Outage;
  /** What the rollback log says. */
  loggedDowntimeMs?: number;
  parts?: ReadonlyMap<string, number>;
  /** What was swapped out. */
  safety?: SafetyState;
}

interface SafetyState {
  snapshotId: string;
  /** What clients had written and were told to be written. */
  confirmed: number[];
}

export interface RollbackRound {
  source: EnvironmentSource;
  clients: number;
  /** Does not exist yet; gone when the round is over. */
  directory: string;
  settle: () => Promise<void>;
  /** Called when all is measured, with what the peers restore from. */
  atEnd?: (environment: BenchEnvironment, backups: Backups) => Promise<void>;
  signal: AbortSignal;
  verify: VerifyRestored;
}

export interface RollbackRoundReport {
  measurements: RollbackMeasurement[];
  peakRssBytes: number;
}

/** Each contender once: the environment is changed, brought back, and compared with what it was. */
export async function runRound(round: RollbackRound): Promise<RollbackRoundReport> {
  const { directory, signal, clients } = round;
  await mkdir(directory);
  const environment = await BenchEnvironment.start(join(directory, 'environment'), round.source, signal);
  let service: ServiceProcess | undefined;
  try {
    const original = await environment.fingerprint();
    const backups = await Backups.take(join(directory, 'backups'), environment, signal);
    service = await ServiceProcess.start(join(directory, 'service'), environment.filestore);
    const registered = await RegisteredEnvironment.create(service, environment);
    await registered.verifyRestored(round.verify);
    const own = service;
    const measurements: RollbackMeasurement[] = [];
    const once = async (
      who: string,
      programs: () => Promise<number>,
      work: () => Promise<Partial<RollbackMeasurement>>,
    ) => {
      signal.throwIfAborted();
      await environment.change();
      await environment.checkpoint();
      await round.settle();
      const measured = await measure(who, environment, programs, work);
      measurements.push(measured);
      await environment.requireOriginal(who, original);
    };
    for (const safetySnapshot of [true, false]) {
      // Files in use are older than this when a snapshot is taken: only those of the bench were made a moment ago.
      await sleep(LEFT_ALONE_MS, undefined, { signal });
      const snapshot = await registered.snapshot('full');
      await once(
        'snapback',
        () => own.allProcessorSeconds(),
        async () => ({
          safetySnapshot,
          ...(await rollBack(registered, snapshot.id, safetySnapshot, environment, clients)),
        }),
      );
    }
    for (const peer of PEERS) {
      await once(peer.name, endedProgramsSeconds, async () => ({
        seconds: await restoreWith(peer, environment, backups, signal),
      }));
    }
    await round.atEnd?.(environment, backups);
    for (const { safety } of measurements) if (safety) await requireConfirmed(registered, environment, safety);
    return { measurements, peakRssBytes: await service.peakMemoryBytes() };
  } finally {
    await service?.stop();
    await environment.remove();
  }
}

async function rollBack(
  registered: RegisteredEnvironment,
  snapshotId: string,
  safetySnapshot: boolean,
  environment: BenchEnvironment,
  count: number,
): Promise<Partial<RollbackMeasurement>> {
  await environment.withClient((client) => client.query(`CREATE TABLE ${WRITTEN} (n int)`));
  const clients = await ReconnectingClients.start(environment.connection, count);
  try {
    const parts = new Parts();
    const begun = performance.now();
    const log: RollbackLog = await registered.rollBack(snapshotId, safetySnapshot, (progress) => parts.hear(progress));
    parts.end();
    const seconds = (performance.now() - begun) / 1000;
    const outage = await clients.stop();
    if (outage.staleAnswers > 0)
      throw new Error(`Clients had ${outage.staleAnswers} answers of the old database after new ones.`);
    const done = { seconds, outage, loggedDowntimeMs: log.downtimeMs ?? NaN, parts: parts.seconds };
    if (!safetySnapshot) return done;
    // Nobody waits for it but the next measurement.
    const { id, finishedAt } = await registered.completed(log.safetySnapshotId!);
    parts.seconds.set(SAFETY_PART, (Date.parse(finishedAt!) - Date.parse(log.finishedAt!)) / 1000);
    return { ...done, safety: { snapshotId: id, confirmed: outage.confirmed } };
  } finally {
    clients.kill();
  }
}

/** Throws unless everything that clients were told to be written before the swap is in its safety snapshot, which is put back for that. */
async function requireConfirmed(
  registered: RegisteredEnvironment,
  environment: BenchEnvironment,
  { snapshotId, confirmed }: SafetyState,
): Promise<void> {
  await registered.rollBack(snapshotId, false);
  const there = await environment.withClient(async (client) => {
    const { rows } = await client.query<{ n: number }>(`SELECT n FROM ${WRITTEN}`);
    return new Set(rows.map(({ n }) => n));
  });
  const lost = confirmed.filter((n) => !there.has(n));
  if (confirmed.length === 0 || lost.length > 0)
    throw new Error(
      `Of ${confirmed.length} rows that were confirmed before the swap, its safety snapshot lacks ${lost.length}.`,
    );
  console.log(`  All ${confirmed.length} rows that were confirmed before the swap are in its safety snapshot.`);
}

async function measure(
  contender: string,
  environment: BenchEnvironment,
  programs: () => Promise<number>,
  work: () => Promise<Partial<RollbackMeasurement>>,
): Promise<RollbackMeasurement> {
  const server = (): Promise<number> => processorSeconds(environment.server.pid);
  const [ownBefore, serverBefore] = [await programs(), await server()];
  const done = await work();
  const serverProcessorSeconds = (await server()) - serverBefore;
  const used = (await programs()) - ownBefore + serverProcessorSeconds;
  const { seconds = NaN, outage, safetySnapshot } = done;
  const what = safetySnapshot === undefined ? '' : safetySnapshot ? 'with safety snapshot' : 'without';
  const down = outage?.downtimeMs == null ? '' : `, down for ${outage.downtimeMs.toFixed(0)} ms`;
  console.log(
    `  ${contender.padEnd(16)} ${what.padEnd(22)} ${seconds.toFixed(2).padStart(7)} s${down}  ${used.toFixed(1)} processor seconds`,
  );
  return { contender, processorSeconds: used, serverProcessorSeconds, ...done, seconds };
}
