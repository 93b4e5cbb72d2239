import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Announcements } from '../announcements/announcements.js';
import type { CaptureResult } from '../engine/capture/capture.js';
import { JobEnds } from '../jobs/job-ends.js';
import { PhaseTimes } from '../progress/phase-times.js';
import { CopiedSnapshots } from '../replication/copied-snapshots.js';
import { rollbackMoved } from '../rollbacks/rollback-announcements.js';
import type { RollbackLogEntity } from '../rollbacks/rollback-log.entity.js';
import { CompletedCaptures } from '../snapshots/capture/completed-captures.js';
import { snapshotEnded } from '../snapshots/snapshot-announcements.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { CAPTURED_BYTES, Instruments } from './instruments.js';
import type { CapturedBytes } from './instruments.js';

/** Counts what features announce: hints about what goes on, told in transactions that may still be undone. */
@Injectable()
export class CountedWork implements OnModuleInit {
  constructor(
    private readonly announcements: Announcements,
    private readonly jobs: JobEnds,
    private readonly phases: PhaseTimes,
    private readonly captures: CompletedCaptures,
    private readonly copies: CopiedSnapshots,
    private readonly instruments: Instruments,
  ) {}

  onModuleInit(): void {
    this.announcements.listen('metrics', snapshotEnded, async (_, snapshot) => this.countSnapshot(snapshot));
    this.announcements.listen('metrics', rollbackMoved, async (_, log) => this.countRollback(log));
    this.jobs.listen(({ kind, outcome }) => this.instruments.jobsEnded.inc({ kind, outcome }));
    this.captures.listen((result) => this.countBytes(result));
    this.copies.listen(({ outcome, bytes }) => {
      this.instruments.replicaCopies.inc({ outcome });
      this.instruments.replicaBytes.inc(bytes);
    });
    this.phases.listen((times) => {
      for (const [phase, seconds] of times) this.instruments.capturePhaseSeconds.inc({ phase }, seconds);
    });
  }

  private countSnapshot(snapshot: SnapshotEntity): void {
    const { instruments } = this;
    const { status, startedAt, finishedAt } = snapshot;
    instruments.snapshotsEnded.inc({ status });
    if (status !== 'completed') return;
    const seconds = secondsBetween(startedAt, finishedAt);
    if (seconds !== null) instruments.captureSeconds.observe(seconds);
  }

  private countBytes({ readBytes, carriedOverBytes, added, storedBytes }: CaptureResult): void {
    const bytes: Record<CapturedBytes, number> = {
      ...{ read: readBytes, carried_over: carriedOverBytes },
      ...{ new: added.plainBytes, packed: added.packedBytes, stored: storedBytes },
    };
    for (const what of CAPTURED_BYTES) this.instruments.captureBytes.inc({ what }, bytes[what]);
  }

  private countRollback(log: RollbackLogEntity): void {
    const { instruments } = this;
    const { status, startedAt, finishedAt, downtimeMs, steps } = log;
    if (status === 'queued' || status === 'running') return;
    instruments.rollbacksEnded.inc({ status });
    for (const step of steps) {
      const seconds = secondsBetween(step.startedAt, step.finishedAt);
      if (seconds !== null) instruments.rollbackPhaseSeconds.inc({ phase: step.name }, seconds);
    }
    if (status !== 'completed') return;
    const seconds = secondsBetween(startedAt, finishedAt);
    if (seconds !== null) instruments.rollbackSeconds.observe(seconds);
    if (downtimeMs !== null) instruments.rollbackDowntime.observe(downtimeMs / 1000);
  }
}

/** Null where one of them is not known. Never less than 0, whatever the clocks did. */
function secondsBetween(from: Date | string | null | undefined, to: Date | string | null | undefined): number | null {
  if (!from || !to) return null;
  return Math.max(0, (new Date(to).getTime() - new Date(from).getTime()) / 1000);
}
