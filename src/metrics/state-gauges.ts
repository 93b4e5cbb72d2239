import { Injectable, Logger } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { Configuration } from '../config/configuration.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { Instruments } from './instruments.js';
import { StateFactsReader } from './state-facts.js';
import type { EnvironmentFacts } from '../protection/protection-facts.js';
import type { Figure, StateFacts } from './state-facts.js';

/** For so long (milliseconds) what was read serves those who ask. */
const FRESH_MS = 2_000;
const PROJECTS_FRESH_MS = 300_000;
/** Who asks waits for no longer; what comes later serves the next one. */
const PATIENCE_MS = 2_500;
/** Of a name in a label; the contract lets them be no longer. */
const LABEL_CHARACTERS = 100;

const OF_ENVIRONMENT = ['organization', 'project', 'environment', 'environment_id', 'type'];

/** What all processes say alike, from the state database: as it was read last, while that is away. */
@Injectable()
export class StateGauges {
  private readonly trouble = new RepeatedTrouble(
    new Logger(StateGauges.name),
    'The metrics cannot be read from the database',
  );
  private reading: Promise<void> | undefined;
  private readAt = -Infinity;
  private projectsAt = -Infinity;

  private readonly up = this.instruments.gauge(
    'snapback_state_database_up',
    'Whether the state database answered last.',
  );
  private readonly readAtGauge = this.instruments.gauge(
    'snapback_state_read_timestamp_seconds',
    'When it was read last.',
  );
  private readonly successful = this.instruments.gauge(
    'snapback_last_successful_snapshot_timestamp_seconds',
    'When the newest snapshot was asked for that is completed and not refuted, or the schedule found nothing changed; 0: never.',
    OF_ENVIRONMENT,
  );
  private readonly proven = this.instruments.gauge(
    'snapback_last_proven_snapshot_timestamp_seconds',
    'When the newest snapshot was asked for that was restored and compared; 0: never.',
    OF_ENVIRONMENT,
  );
  private readonly expected = this.instruments.gauge(
    'snapback_expected_interval_seconds',
    'The longest time between two runs of the schedule; 0: nothing is expected.',
    OF_ENVIRONMENT,
  );
  private readonly paused = this.instruments.gauge(
    'snapback_schedule_paused',
    'Whether the schedule is paused.',
    OF_ENVIRONMENT,
  );
  private readonly gates = this.instruments.gauge(
    'snapback_gates_closed',
    'Deployments under way whose gate is closed.',
    OF_ENVIRONMENT.slice(0, -1),
  );
  private readonly environments = this.instruments.gauge('snapback_environments', 'How many environments there are.');
  private readonly leftOut = this.instruments.gauge(
    'snapback_environments_left_out',
    'Those without series of their own.',
  );
  private readonly jobs = this.instruments.gauge('snapback_jobs', 'Work that waits, or is under way.', [
    'kind',
    'state',
  ]);
  private readonly oldest = this.instruments.gauge(
    'snapback_jobs_oldest_age_seconds',
    'Since when the oldest of it does.',
    ['kind', 'state'],
  );
  private readonly attention = this.instruments.gauge(
    'snapback_operations_attention',
    'Operations that need a person.',
    ['kind'],
  );
  private readonly kept = this.instruments.gauge(
    'snapback_kept_states',
    'Previous states that are kept for an undo, by whether the safety snapshot of them is completed.',
    ['safety_snapshot'],
  );
  private readonly badRollbacks = this.instruments.gauge(
    'snapback_last_rollback_timestamp_seconds',
    'When the newest rollback that failed, or was reverted, ended; of the last 30 days.',
    [...OF_ENVIRONMENT, 'status'],
  );
  private readonly processes = this.instruments.gauge('snapback_processes', 'Processes that were heard of lately.', [
    'role',
  ]);
  private readonly failing = this.instruments.gauge(
    'snapback_webhooks_failing',
    'Webhooks whose receivers do not take what they are sent.',
  );
  private readonly bytes = this.instruments.gauge(
    'snapback_project_bytes',
    'What the completed snapshots of a project hold, what they added, and what the vault holds of it.',
    ['organization', 'project', 'project_id', 'what'],
  );

  private readonly replicaLag = this.instruments.gauge(
    'snapback_replica_lag_seconds',
    'Since when the oldest completed snapshot waits that is not in the replica; 0: all are there, or there is no replica.',
  );
  private readonly replicaWaiting = this.instruments.gauge(
    'snapback_replica_waiting_snapshots',
    'Completed snapshots that are not in the replica; 0 without one.',
  );
  private readonly quotaUsed = this.instruments.gauge(
    'snapback_quota_used',
    'How much an organization has of what there is a limit of.',
    ['organization', 'quota'],
  );
  private readonly quotaLimit = this.instruments.gauge('snapback_quota_limit', 'How much it may have.', [
    'organization',
    'quota',
  ]);

  constructor(
    private readonly configuration: Configuration,
    private readonly reader: StateFactsReader,
    private readonly instruments: Instruments,
  ) {}

  /** Has the gauges say what is so now, or was a few seconds ago. Never rejects, and waits for a database for no longer than it must. */
  async refresh(): Promise<void> {
    if (performance.now() - this.readAt < FRESH_MS) return;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.up.set(0);
        resolve();
      }, PATIENCE_MS);
    });
    await Promise.race([this.reading, patience]).finally(() => clearTimeout(timer));
  }

  private async read(): Promise<void> {
    try {
      this.say(await this.reader.read());
      if (performance.now() - this.projectsAt >= PROJECTS_FRESH_MS) {
        fill(this.bytes, await this.reader.readProjects());
        const { used, limits } = await this.reader.readQuotas();
        fill(this.quotaUsed, used);
        fill(this.quotaLimit, limits);
        this.projectsAt = performance.now();
      }
      this.readAt = performance.now();
      this.up.set(1);
      this.readAtGauge.setToCurrentTime();
      this.trouble.wentWell();
    } catch (error) {
      this.up.set(0);
      this.trouble.came(error);
    }
  }

  private say(facts: StateFacts): void {
    const { environments } = facts;
    const series = (of: (environment: EnvironmentFacts) => number, most = OF_ENVIRONMENT.length): Figure[] =>
      environments.map((one) => ({ labels: labelsOf(one, most), value: of(one) }));
    fill(
      this.successful,
      series(({ lastSuccessful }) => epoch(lastSuccessful)),
    );
    fill(
      this.proven,
      series(({ lastProven }) => epoch(lastProven)),
    );
    fill(
      this.expected,
      series(({ expectedIntervalSeconds }) => expectedIntervalSeconds),
    );
    fill(
      this.paused,
      series(({ isPaused }) => Number(isPaused)),
    );
    fill(
      this.gates,
      series(({ id }) => facts.gatesClosed.get(id) ?? 0, OF_ENVIRONMENT.length - 1),
    );
    this.environments.set(facts.environmentCount);
    this.leftOut.set(Math.max(0, facts.environmentCount - this.configuration.METRICS_ENVIRONMENTS));
    fill(this.jobs, facts.jobs);
    fill(
      this.oldest,
      facts.jobs.map(({ labels, oldestAgeSeconds }) => ({ labels, value: oldestAgeSeconds })),
    );
    fill(this.attention, facts.attention);
    fill(this.kept, facts.keptStates);
    fill(this.badRollbacks, facts.badRollbacks);
    fill(this.processes, facts.processes);
    this.failing.set(facts.webhooksFailing);
    const { replica } = facts;
    this.replicaLag.set(replica?.seconds ?? 0);
    this.replicaWaiting.set(replica?.waiting ?? 0);
  }
}

/** What is gone is said no more. */
function fill(gauge: Gauge, figures: readonly Figure[]): void {
  gauge.reset();
  for (const { labels, value } of figures) gauge.set(labels, value);
}

/** Seconds since 1970; 0 is never. */
function epoch(at: Date | null): number {
  return at === null ? 0 : at.getTime() / 1000;
}

function labelsOf({ organization, projectName, name, id, type }: EnvironmentFacts, most: number) {
  const values = [organization, projectName, name, id, type];
  const named = OF_ENVIRONMENT.map((name, index) => [name, (values[index] ?? '').slice(0, LABEL_CHARACTERS)]);
  return Object.fromEntries(named.slice(0, most)) as Record<string, string>;
}
