import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Configuration } from '../config/configuration.js';
import { VERSION } from '../processes/version.js';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WORK_SECONDS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200];
/** What people notice of a rollback: nobody can connect. */
const DOWNTIME_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is counted of the bytes of a capture: each but the second comes of the one before it, and `carried_over` stands beside `read`. */
export const CAPTURED_BYTES = ['read', 'carried_over', 'new', 'packed', 'stored'] as const;
export type CapturedBytes = (typeof CAPTURED_BYTES)[number];

/** What this process counts itself. docs/metrics.md says what each is. Those who have no METRICS_PORT count too: it costs next to nothing. */
@Injectable()
export class Instruments {
  readonly registry = new Registry();
  private readonly of = { registers: [this.registry] };

  readonly requests = new Counter({
    name: 'snapback_http_requests_total',
    help: 'Answers, by operation and status.',
    labelNames: ['operation', 'status'],
    ...this.of,
  });
  readonly requestSeconds = new Histogram({
    name: 'snapback_http_request_duration_seconds',
    help: 'Time to the end of an answer, streams left out.',
    labelNames: ['operation'],
    buckets: REQUEST_SECONDS,
    ...this.of,
  });
  readonly jobsEnded = new Counter({
    name: 'snapback_jobs_ended_total',
    help: 'Jobs that this process ended, handed back, or failed.',
    labelNames: ['kind', 'outcome'],
    ...this.of,
  });
  readonly snapshotsEnded = new Counter({
    name: 'snapback_snapshots_ended_total',
    help: 'Snapshots that were ended by this process, by status.',
    labelNames: ['status'],
    ...this.of,
  });
  readonly captureSeconds = new Histogram({
    name: 'snapback_capture_duration_seconds',
    help: 'From the start of the work on a completed snapshot to its end.',
    buckets: WORK_SECONDS,
    ...this.of,
  });
  readonly capturePhaseSeconds = new Counter({
    name: 'snapback_capture_phase_seconds_total',
    help: 'Time that captures spent, by phase.',
    labelNames: ['phase'],
    ...this.of,
  });
  readonly captureBytes = new Counter({
    name: 'snapback_capture_bytes_total',
    help: 'Bytes of completed snapshots: read out, carried over from their bases, new to the vault, in packs, and stored.',
    labelNames: ['what'],
    ...this.of,
  });
  readonly rollbacksEnded = new Counter({
    name: 'snapback_rollbacks_ended_total',
    help: 'Rollbacks that were ended by this process, by status.',
    labelNames: ['status'],
    ...this.of,
  });
  readonly rollbackSeconds = new Histogram({
    name: 'snapback_rollback_duration_seconds',
    help: 'From the start of the work on a completed rollback to its end.',
    buckets: WORK_SECONDS,
    ...this.of,
  });
  readonly rollbackDowntime = new Histogram({
    name: 'snapback_rollback_downtime_seconds',
    help: 'How long nobody could connect in a completed rollback.',
    buckets: DOWNTIME_SECONDS,
    ...this.of,
  });
  readonly rollbackPhaseSeconds = new Counter({
    name: 'snapback_rollback_phase_seconds_total',
    help: 'Time that rollbacks spent, by phase.',
    labelNames: ['phase'],
    ...this.of,
  });
  readonly replicaCopies = new Counter({
    name: 'snapback_replica_copies_total',
    help: 'Copies of snapshots into the replica that this process ended, by outcome.',
    labelNames: ['outcome'],
    ...this.of,
  });
  readonly replicaBytes = new Counter({
    name: 'snapback_replica_copied_bytes_total',
    help: 'Bytes of packs and manifests that this process has copied into the replica.',
    ...this.of,
  });

  constructor(configuration: Configuration) {
    const build = this.gauge('snapback_build_info', 'Which program this is: 1.', ['version', 'role']);
    build.set({ version: VERSION, role: configuration.ROLE }, 1);
    // Before the first of each, so that a rate is known from the first one on.
    for (const status of ['completed', 'failed', 'cancelled']) this.snapshotsEnded.inc({ status }, 0);
    for (const status of ['completed', 'failed', 'reverted', 'cancelled']) this.rollbacksEnded.inc({ status }, 0);
    for (const outcome of ['copied', 'failed']) this.replicaCopies.inc({ outcome }, 0);
    for (const what of CAPTURED_BYTES) this.captureBytes.inc({ what }, 0);
  }

  /** One whose value somebody else sets. */
  gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, ...this.of });
  }

  /** Memory, processor and event loop of this process: looked at from now on. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }
}
