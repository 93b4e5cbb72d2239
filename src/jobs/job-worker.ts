import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import type { JobWithMetadata } from 'pg-boss';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { onOwnAccount } from '../request-context/request-context.js';
import { keepingTrace } from '../tracing/job-traces.js';
import { FairTurns } from './fair-turns.js';
import type { JobDefinition, JobDescription } from './job-definition.js';
import { ShuttingDown } from './job-definition.js';
import { JobEnds } from './job-ends.js';
import { JobQueue, abandonedQueueName } from './job-queue.js';
import { JobRegistry } from './job-registry.js';
import { describeInSpan, endInSpan, inJobSpan } from './job-span.js';
import { HELD_BACK_SECONDS, NEVER_HELD, RunningJobs } from './running-jobs.js';
import type { JobTry } from './running-jobs.js';

/** How long an idle worker waits before it looks for jobs nobody announced to it, such as retries (pg-boss's minimum). */
const POLL_SECONDS = 0.5;
/** With more jobs waiting than this a worker takes the next one without a pause. */
const BACKLOG = 1;
/** How long an aborted job may take to clean up before the process stops waiting for it. */
const ABORTED_JOB_SECONDS = 20;

/** Runs the registered jobs, in processes whose ROLE is `worker` or `all`. */
@Injectable()
export class JobWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(JobWorker.name);
  private readonly running = new Map<Promise<void>, () => Promise<void>>();
  private readonly shutdown = new AbortController();
  private readonly queues: string[] = [];

  constructor(
    private readonly configuration: Configuration,
    private readonly registry: JobRegistry,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
    private readonly ends: JobEnds,
    private readonly runningJobs: RunningJobs,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.queue.boss();
    if (this.configuration.ROLE === 'api') return;
    await this.runningJobs.forgetDead();
    for (const definition of this.registry.all()) {
      const pools = definition.pooled ? this.configuration.WORKER_POOLS : [undefined];
      for (const pool of pools) await this.work(definition, pool);
      await this.workAbandoned(definition);
    }
  }

  /** Takes no more jobs, lets short ones finish, hands long ones back. */
  async beforeApplicationShutdown(): Promise<void> {
    const boss = await this.queue.boss();
    await Promise.all(this.queues.map((queue) => boss.offWork(queue, { wait: false })));
    if (this.running.size === 0) return;
    this.logger.log(`Waiting for ${this.running.size} running jobs.`);
    await this.idleWithin(this.configuration.SHUTDOWN_GRACE_SECONDS);
    this.shutdown.abort(new ShuttingDown());
    await this.idleWithin(ABORTED_JOB_SECONDS);
    // What does not stop goes on elsewhere, too, and is not a failed try: stopping is not its fault.
    for (const handBack of this.running.values()) {
      this.logger.warn('A job does not stop; it is handed back all the same.');
      await handBack().catch((error: unknown) => this.logger.error({ err: error }, 'A job could not be handed back.'));
    }
  }

  private async work(definition: JobDefinition<object>, pool: string | undefined): Promise<void> {
    const boss = await this.queue.boss();
    const queue = await this.queue.ensureQueue(definition, pool);
    this.queues.push(queue);
    await boss.work(
      queue,
      {
        localConcurrency: definition.concurrency,
        pollingIntervalSeconds: POLL_SECONDS,
        notifyPollingIntervalSeconds: POLL_SECONDS,
        burstWhenReadyExceeds: BACKLOG,
        // Where it stands in its queue, and how often it was tried.
        includeMetadata: true,
      },
      async ([job]: JobWithMetadata<object>[]) => {
        if (job === undefined) return;
        const work = onOwnAccount(definition.name, () => this.runInTurn(definition, pool, job));
        await this.track(
          work,
          keepingTrace(() => this.handBack(definition, pool, job, queue)),
        );
      },
    );
  }

  private async workAbandoned(definition: JobDefinition<object>): Promise<void> {
    const boss = await this.queue.boss();
    const queue = abandonedQueueName(definition);
    this.queues.push(queue);
    await boss.work(
      queue,
      { pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS, includeMetadata: true },
      async ([job]: JobWithMetadata<object>[]) => {
        if (job === undefined) return;
        const abandon = () => definition.abandoned(job.data);
        await this.track(onOwnAccount(definition.name, () => inJobSpan('abandon', definition, job, abandon)));
        this.logger.warn({ job: definition.name, data: job.data }, 'A job was given up: its workers died, or failed.');
      },
    );
  }

  /** Runs it, unless as many of its organization run as may. */
  private async runInTurn(
    definition: JobDefinition<object>,
    pool: string | undefined,
    job: JobWithMetadata<object>,
  ): Promise<void> {
    const { id, name: queue, groupId: organization, retryCount: attempt, retryLimit, priority } = job;
    const run = () => inJobSpan('run', definition, job, (span) => this.run(definition, pool, job, span));
    if (!organization) return run();
    const one: JobTry = { id, queue, organization, attempt, neverHeld: job.groupTier === NEVER_HELD };
    const mayRun = await this.runningJobs.begin(one, async (manager) => {
      await this.queue.cancel(manager, queue, id);
      const put = { pool, afterSeconds: HELD_BACK_SECONDS, retries: Math.max(0, retryLimit - attempt) };
      await this.queue.enqueueAgain(manager, definition.name, job, put);
    });
    if (!mayRun) return;
    try {
      await new FairTurns(await this.queue.boss()).began(queue, 0 - priority);
      await run();
    } finally {
      // What it has done is done; until the queue has it as ended, too, it counts, and no longer.
      await this.runningJobs
        .end(one)
        .catch((error: unknown) => this.logger.warn({ err: error }, 'That a job has ended was not noted.'));
    }
  }

  private async run(
    definition: JobDefinition<object>,
    pool: string | undefined,
    job: JobWithMetadata<object>,
    span: Span,
  ): Promise<void> {
    const began = performance.now();
    // Nobody's work waits for a line of the log.
    const about = { job: definition.name, ...(await definition.describe(job.data).catch(() => null)) };
    describeInSpan(span, about);
    this.logger.log(about, begins(about));
    try {
      await definition.run(job.data, { signal: AbortSignal.any([this.shutdown.signal, job.signal]) });
      const durationMs = Math.round(performance.now() - began);
      const summary = await definition.summarize(job.data).catch(() => null);
      const { failure, ...figures } = summary ?? {};
      const ended = { ...about, ...figures, durationMs };
      if (failure === undefined) this.logger.log(ended, 'A job has ended.');
      else this.logger.warn({ ...ended, failure: `${failure.code}: ${failure.message}` }, 'A job has ended.');
      endInSpan(span, 'done', summary);
      this.ends.tell({ kind: definition.name, outcome: 'done' });
    } catch (error) {
      // Whatever it says when it is stopped, it was stopped.
      if (!this.shutdown.signal.aborted) {
        endInSpan(span, 'failed');
        this.ends.tell({ kind: definition.name, outcome: 'failed' });
        this.logger.error({ err: error, ...about, data: job.data }, 'A job failed and may be tried again.');
        throw error;
      }
      this.logger.log({ ...about, durationMs: Math.round(performance.now() - began) }, 'A job is handed back.');
      endInSpan(span, 'handed-back');
      await this.handBack(definition, pool, job);
      this.ends.tell({ kind: definition.name, outcome: 'handed-back' });
    }
  }

  /** As a new job: the tries of the old one do not count. It keeps its place. With `queue` the old one, which still runs, ends. */
  private async handBack(
    definition: JobDefinition<object>,
    pool: string | undefined,
    job: JobWithMetadata<object>,
    queue?: string,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      if (queue !== undefined) await this.queue.cancel(manager, queue, job.id);
      await this.queue.enqueueAgain(manager, definition.name, job, { pool });
    });
  }

  private async track(work: Promise<void>, handBack: () => Promise<void> = async () => undefined): Promise<void> {
    this.running.set(work, handBack);
    try {
      await work;
    } finally {
      this.running.delete(work);
    }
  }

  private async idleWithin(seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (this.running.size > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function begins({ attempt = 0 }: Partial<JobDescription>): string {
  return attempt === 0 ? 'A job begins.' : 'A job is taken over: a worker before this one did not end it.';
}
