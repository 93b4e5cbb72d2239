import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VerifyRestored } from '../../sdk/typescript/generated/types.gen.js';
import type { Measurement } from '../comparison/summarise.js';
import { BenchEnvironment, type EnvironmentSource } from '../environment/environment.js';
import type { RollbackPart } from '../environment/options.js';
import { RegisteredEnvironment } from '../environment/registered-environment.js';
import { ServiceProcess } from '../environment/service.js';
import { endedProgramsSeconds } from '../machine/processor-time.js';
import { PgBackRestRepository } from '../peers/pgbackrest-repository.js';
import { Backups } from './backups.js';
import { OWN, type OrdinaryCase, UNCHANGED } from './cases.js';
import { type OwnRollback, requireConfirmed, rollBack } from './own-rollback.js';
import { PEERS, restoreInPlace, restoreWith, YARDSTICK } from './peers.js';

/** What a file must have been left alone for to be taken from the live filestore; see `LiveFiles`. */
const LEFT_ALONE_MS = 61_000;

export interface RollbackMeasurement extends Measurement, Partial<Omit<OwnRollback, 'seconds'>> {
  /** Of the environment's server alone. */
  serverProcessorSeconds: number;
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
  parts: readonly RollbackPart[];
  /** Every other round has its rollbacks in the other order: the first is of tables as they were made, the next ones of tables that were restored. */
  safetyFirst: boolean;
}

export interface RollbackRoundReport {
  measurements: RollbackMeasurement[];
  peakRssBytes: number;
}

/** Each contender once: the environment is changed, brought back, and compared with what it was. */
export async function runRound(round: RollbackRound): Promise<RollbackRoundReport> {
  await mkdir(round.directory);
  const environment = await BenchEnvironment.start(join(round.directory, 'environment'), round.source, round.signal);
  const running = new Round(round, environment, await environment.fingerprint());
  try {
    return await running.run();
  } finally {
    await running.end();
  }
}

class Round {
  private readonly measurements: RollbackMeasurement[] = [];
  private service: ServiceProcess | undefined;
  private registered: RegisteredEnvironment;

  constructor(
    private readonly round: RollbackRound,
    private readonly environment: BenchEnvironment,
    private readonly original: string,
  ) {}

  async run(): Promise<RollbackRoundReport> {
    const { environment, round } = this;
    // First: whatever else brings the database back makes other files of it, which a restore in place could not use.
    if (this.has('yardstick')) await this.yardstick();
    const backups =
      this.has('peers') && (await Backups.take(join(round.directory, 'backups'), environment, round.signal));
    this.service = await ServiceProcess.start(join(round.directory, 'service'), environment.filestore);
    this.registered = await RegisteredEnvironment.create(this.service, environment);
    await this.registered.change({ verifyRestored: round.verify });
    if (this.has('ordinary')) await this.ordinarily();
    if (this.has('standby')) await this.withStandby();
    if (backups) await this.withPeers(backups);
    for (const { safety } of this.measurements)
      if (safety) await requireConfirmed(this.registered, environment, safety);
    return { measurements: this.measurements, peakRssBytes: await this.service.peakMemoryBytes() };
  }

  async end(): Promise<void> {
    await this.service?.stop();
    await this.environment.remove();
  }

  private has(part: RollbackPart): boolean {
    return this.round.parts.includes(part);
  }

  private async ordinarily(): Promise<void> {
    const both: OrdinaryCase[] = [
      { case: 'total', safetySnapshot: true },
      { case: 'withoutSafety', safetySnapshot: false },
    ];
    for (const one of this.round.safetyFirst ? both : both.toReversed()) await this.ordinary(one);
    await this.snapshotsAfterwards();
  }

  private async withPeers(backups: Backups): Promise<void> {
    const { environment, round } = this;
    for (const peer of PEERS)
      await this.back('restore', peer.name, () => restoreWith(peer, environment, backups, round.signal));
    await round.atEnd?.(environment, backups);
  }

  private async yardstick(): Promise<void> {
    const { environment, round } = this;
    const directory = join(round.directory, 'pgbackrest');
    const repository = await environment.whileStopped(async (cluster) => {
      if (!(await PgBackRestRepository.knows(cluster, round.signal))) return undefined;
      const made = await PgBackRestRepository.create(directory, { cluster }, round.signal);
      await made.backUp('full');
      return made;
    });
    if (!repository) return;
    const { base } = round.source.dataset;
    await this.back('restore', YARDSTICK, () => restoreInPlace(environment, repository, base, round.signal));
  }

  private async ordinary(one: OrdinaryCase): Promise<void> {
    const { registered, environment, round } = this;
    await this.leaveAlone();
    const { id: snapshotId } = await registered.snapshot('full');
    await this.back(one.case, OWN, () =>
      rollBack(registered, environment, { ...one, standby: false, snapshotId, clients: round.clients }),
    );
  }

  /** One is built of the changed state, made into one of the original, and swapped in when that is changed again. */
  private async withStandby(): Promise<void> {
    const { registered, environment, round } = this;
    await this.leaveAlone();
    // Of tables as they lie: one that was restored is read anew when it changes for the first time.
    const original = await registered.snapshot('full');
    await environment.change();
    await this.leaveAlone();
    const changed = await registered.snapshot();
    // Only now: with it switched on earlier, one of the original may be begun, and what is measured be its refresh.
    await registered.change({ standby: 'newest' });
    await this.standby('building', 'building', changed.id);
    await registered.rollBack(original.id, false);
    await round.settle();
    const { id: snapshotId } = await registered.snapshot();
    await this.standby('refreshing', OWN, snapshotId);
    const wanted = { safetySnapshot: true, standby: true, snapshotId, clients: round.clients };
    await this.back('standby', OWN, () => rollBack(registered, environment, wanted));
    await registered.change({ standby: 'off' });
    await registered.withoutStandby();
  }

  /** Files in use are older than this when a snapshot is taken: only those of the bench were made a moment ago. */
  private leaveAlone(): Promise<void> {
    return sleep(LEFT_ALONE_MS, undefined, { signal: this.round.signal });
  }

  private async standby(name: string, contender: string, snapshotId: string): Promise<void> {
    const { createdAt, readyAt } = await this.registered.standbyOf(snapshotId);
    const seconds = (Date.parse(readyAt!) - Date.parse(createdAt)) / 1000;
    console.log(`  ${contender.padEnd(24)} ${name.padEnd(14)} ${seconds.toFixed(2).padStart(7)} s`);
    this.measurements.push({ case: name, contender, seconds, serverProcessorSeconds: NaN });
  }

  /** The first snapshot after a rollback, and one of the same state after that. */
  private async snapshotsAfterwards(): Promise<void> {
    for (const contender of [OWN, UNCHANGED]) {
      await this.round.settle();
      await this.measure('afterRollback', contender, async () => ({ seconds: await this.snapshotSeconds() }));
    }
  }

  private async snapshotSeconds(): Promise<number> {
    const begun = performance.now();
    const { type } = await this.registered.snapshot();
    if (type !== 'differential') throw new Error('What was to read only what has changed is a full snapshot.');
    return (performance.now() - begun) / 1000;
  }

  private async back<T extends { seconds: number }>(
    name: string,
    contender: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const { environment, round } = this;
    round.signal.throwIfAborted();
    await environment.change();
    await environment.checkpoint();
    await round.settle();
    const done = await this.measure(name, contender, work);
    await environment.requireOriginal(contender, this.original);
    return done;
  }

  private async measure<T extends Partial<OwnRollback> & { seconds: number }>(
    name: string,
    contender: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const { environment, service } = this;
    const programs = (): Promise<number> =>
      service && (contender === OWN || contender === UNCHANGED)
        ? service.allProcessorSeconds()
        : endedProgramsSeconds();
    const [ownBefore, serverBefore] = [await programs(), await environment.serverProcessorSeconds()];
    const done = await work();
    const serverProcessorSeconds = (await environment.serverProcessorSeconds()) - serverBefore;
    const processorSeconds = (await programs()) - ownBefore + serverProcessorSeconds;
    const down = done.outage?.downtimeMs == null ? '' : `, down for ${done.outage.downtimeMs.toFixed(0)} ms`;
    console.log(
      `  ${contender.padEnd(24)} ${name.padEnd(14)} ${done.seconds.toFixed(2).padStart(7)} s${down}  ${processorSeconds.toFixed(1)} processor seconds`,
    );
    this.measurements.push({ case: name, contender, processorSeconds, serverProcessorSeconds, ...done });
    return done;
  }
}
