import { setTimeout } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { isUnexpected, toFinding } from '../errors/finding.js';
import { ShuttingDown } from '../jobs/job-definition.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { OwnProcess } from '../processes/own-process.js';
import { onOwnAccount } from '../request-context/request-context.js';
import type { KeeperItemEntity } from './keeper-item.entity.js';
import { KeeperItems } from './keeper-items.js';
import { pauseAfter } from './pauses.js';
import { NotDone } from './upkeep.js';
import type { Upkeep } from './upkeep.js';
import { UpkeepRegistry } from './upkeep-registry.js';

/** How often a worker looks for what is due. */
const LOOK_MS = 500;
/** How often it says that it is still at what it holds; many times before that would be somebody else's. */
const RENEW_MS = 3_000;
/** A person has been called: there is no hurry (seconds). */
const PERSON_PAUSE_SECONDS = 60 * 60;
/** How long what is under way may take to stop when the process does. */
const STOP_MS = 20_000;

interface Held {
  abort: AbortController;
  over: Promise<void>;
}

/** The item was not heard of for too long, and may be another process's by now. */
class HoldLost extends Error {
  override name = 'HoldLost';
}

/**
 * The one loop that looks after everything left behind, in every worker: takes what is due, of each kind only so many at a time, so
 * that none waits for the trouble of another, and writes down what came of it. It never stops trying.
 */
@Injectable()
export class Keeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Keeper.name);
  private readonly trouble = new RepeatedTrouble(this.logger, 'The keeper cannot reach its database');
  private readonly holder = randomUUID();
  private readonly held = new Map<string, Held>();
  private readonly busy = new Map<string, number>();
  private readonly taking = new Set<string>();
  /** Kinds of which there was at least as much as there was room for. */
  private readonly more = new Set<string>();
  private readonly goingOn = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private loops: Promise<void>[] = [];

  constructor(
    private readonly configuration: Configuration,
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly self: OwnProcess,
  ) {}

  onApplicationBootstrap(): void {
    if (this.configuration.ROLE === 'api') return;
    this.loops = [this.every(LOOK_MS, () => this.look()), this.every(RENEW_MS, () => this.renew())];
  }

  /** What is under way is stopped and begins again elsewhere. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new ShuttingDown());
    for (const { abort } of this.held.values()) abort.abort(new ShuttingDown());
    const over = Promise.all([...this.loops, ...[...this.held.values()].map((one) => one.over), ...this.goingOn]);
    await Promise.race([over, setTimeout(STOP_MS, undefined, { ref: false })]);
    if (this.loops.length > 0) await this.items.release(this.holder).catch(() => undefined);
  }

  private async every(ms: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await work().catch((error: unknown) => this.trouble.came(error));
      await setTimeout(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const due = await this.items.dueKinds(this.configuration.WORKER_POOLS);
    this.trouble.wentWell();
    for (const upkeep of this.registry.all()) if (due.has(upkeep.kind)) await this.takeDue(upkeep);
  }

  /** What there is room for; as long as there is more, again whenever some of it is over, without waiting for the next look. */
  private async takeDue(upkeep: Upkeep): Promise<void> {
    const { kind, concurrency, prunes = false } = upkeep;
    const room = concurrency - (this.busy.get(kind) ?? 0);
    if (this.taking.has(kind) || this.stopping.signal.aborted) return;
    if (room <= 0 || (prunes && !this.self.clockIsRight)) return;
    this.taking.add(kind);
    try {
      const taken = await this.items.take(kind, this.holder, this.configuration.WORKER_POOLS, room);
      for (const item of taken) this.begin(upkeep, item);
      if (taken.length === room) this.more.add(kind);
      else this.more.delete(kind);
    } finally {
      this.taking.delete(kind);
    }
  }

  private goOn(upkeep: Upkeep): void {
    const taking = this.takeDue(upkeep)
      .catch((error: unknown) => this.trouble.came(error))
      .finally(() => this.goingOn.delete(taking));
    this.goingOn.add(taking);
  }

  /** What this process is not known to be at any more, it stops: another one may have begun. */
  private async renew(): Promise<void> {
    if (this.held.size === 0) return;
    const before = [...this.held];
    const still = await this.items.renew(this.holder);
    for (const [id, { abort }] of before) if (!still.has(id)) abort.abort(new HoldLost());
  }

  private begin(upkeep: Upkeep, item: KeeperItemEntity): void {
    const abort = new AbortController();
    if (this.stopping.signal.aborted) return;
    this.busy.set(upkeep.kind, (this.busy.get(upkeep.kind) ?? 0) + 1);
    const over = this.tend(upkeep, item, abort.signal).finally(() => {
      this.held.delete(item.id);
      this.busy.set(upkeep.kind, (this.busy.get(upkeep.kind) ?? 1) - 1);
      if (this.more.has(upkeep.kind)) this.goOn(upkeep);
    });
    this.held.set(item.id, { abort, over });
  }

  /** Never rejects: what could not be written down is held until that runs out, and then taken again. */
  private async tend(upkeep: Upkeep, item: KeeperItemEntity, signal: AbortSignal): Promise<void> {
    try {
      const again = await onOwnAccount(upkeep.kind, () => upkeep.tend(item, signal));
      if (again) await this.items.again(item, this.holder, again.afterSeconds);
      else await this.items.done(item, this.holder);
      this.tellThatItIsOver(item);
    } catch (error) {
      if (signal.aborted) return;
      await this.failed(upkeep, item, error).catch((failure: unknown) => this.trouble.came(failure));
    }
  }

  /** Of what was told as trouble, and is none any more. */
  private tellThatItIsOver({ kind, subject, environmentId, tries, failure, toldAt }: KeeperItemEntity): void {
    if (toldAt === null || failure === null) return;
    this.logger.log(
      { kind, subject, environmentId, tries },
      `Over: ${failure.message} It went well after ${tries} tries.`,
    );
  }

  private async failed(upkeep: Upkeep, item: KeeperItemEntity, error: unknown): Promise<void> {
    const told = error instanceof NotDone ? error : undefined;
    const needsPerson = told?.needsPerson === true;
    const remember = told?.remember ?? {};
    const finding = told?.finding ?? toFinding(error);
    const usual = needsPerson ? PERSON_PAUSE_SECONDS : pauseAfter(item.tries + 1, upkeep.longestPauseSeconds);
    const pauseSeconds = told?.pauseSeconds ?? usual;
    if (!(await this.items.failed(item, this.holder, { finding, pauseSeconds, needsPerson, remember }))) return;
    const { kind, subject, environmentId } = item;
    const about = {
      kind,
      subject,
      environmentId,
      finding,
      ...(told === undefined && isUnexpected(error) && { err: error }),
    };
    this.logger[needsPerson ? 'error' : 'warn'](about, `${finding.message} It is tried again, with growing pauses.`);
  }
}
