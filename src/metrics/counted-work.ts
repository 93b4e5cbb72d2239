import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Announcements } from '../announcements/announcements.js';
import { JobEnds } from '../jobs/job-ends.js';
import { PhaseTimes } from '../progress/phase-times.js';
import { rollbackMoved } from '../rollbacks/rollback-announcements.js';
import type { RollbackLogEntity } from '../rollbacks/rollback-log.entity.js';
import { snapshotEnded } from '../snapshots/snapshot-announcements.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { Instruments } from './instruments.js';

/** Counts what features announce: hints about what goes on, told in transactions that may still be undone. */
@Injectable()
export class CountedWork implements OnModuleInit {
  constructor(
    private readonly announcements: Announcements,
    private readonly jobs: JobEnds,
    private readonly phases: PhaseTimes,
    private readonly instruments: Instruments,
  ) {}

  onModuleInit(): void {
    this.announcements.listen('metrics', snapshotEnded, async (_, snapshot) => this.countSnapshot(snapshot));
    this.announcements.listen('metrics', rollbackMoved, async (_, log) => this.countRollback(log));
    this.jobs.listen(({ kind, outcome }) => this.instruments.jobsEnded.inc({ kind, outcome }));
    this.phases.listen((times) => {
      for (const [phase, seconds] of times) this.instruments.capturePhaseSeconds.inc({ phase }, seconds);
    });
  }

  private countSnapshot(snapshot: SnapshotEntity): void {
    const { instruments } = this;
    const { status, startedAt, finishedAt, readBytes, carriedOverBytes, storedBytes } = snapshot;
    instruments.snapshotsEnded.inc({ status });
    if (status !== 'completed') return;
    instruments.captureBytes.inc({ what: 'read' }, readBytes ?? 0);
    instruments.captureBytes.inc({ what: 'carried_over' }, carriedOverBytes ?? 0);
    instruments.captureBytes.inc({ what: 'stored' }, storedBytes ?? 0);
    const seconds = secondsBetween(startedAt, finishedAt);
    if (seconds !== null) instruments.captureSeconds.observe(seconds);
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
