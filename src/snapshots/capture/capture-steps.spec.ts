import { describe, expect, it } from 'vitest';
import type { SnapshotStep } from '../../contract/generated/types.gen.js';
import { CaptureSteps } from './capture-steps.js';

/** A clock that goes on by a second whenever it is looked at. */
function clock(): () => Date {
  let seconds = 0;
  return () => new Date(Date.UTC(2026, 10, 23, 8, 0, seconds++));
}

const second = (at: string | null) => at && Number(at.slice(17, 19));
const told = (steps: readonly SnapshotStep[]) =>
  steps.map(({ name, status, startedAt, finishedAt }) => [name, status, second(startedAt), second(finishedAt)]);

describe('the steps of a capture', () => {
  it('are written down as they begin and end, side by side as they run', async () => {
    let written: readonly SnapshotStep[] = [];
    const steps = new CaptureSteps(async (present) => void (written = present), clock());
    steps.began('prepare');
    await steps.close();
    expect(told(written)).toEqual([['prepare', 'running', 0, null]]);
    steps.began('prepare');
    steps.ended('prepare');
    steps.began('filestore');
    steps.began('database');
    steps.ended('filestore');
    await steps.close();
    expect(told(written)).toEqual([
      ['prepare', 'completed', 0, 1],
      ['filestore', 'completed', 2, 4],
      ['database', 'running', 3, null],
    ]);
  });

  it('tell one that was stopped because of the other from the one that failed, which is open', async () => {
    let written: readonly SnapshotStep[] = [];
    const steps = new CaptureSteps(async (present) => void (written = present), clock());
    steps.began('filestore');
    steps.began('database');
    steps.stopped('filestore');
    await steps.close();
    expect(told(written)).toEqual([
      ['filestore', 'cancelled', 0, 2],
      ['database', 'running', 1, null],
    ]);
  });

  it('begin anew when the capture does', async () => {
    let written: readonly SnapshotStep[] = [];
    const steps = new CaptureSteps(async (present) => void (written = present), clock());
    steps.began('prepare');
    steps.ended('prepare');
    steps.began('database');
    steps.began('prepare');
    await steps.close();
    expect(told(written)).toEqual([['prepare', 'running', 3, null]]);
  });

  it('are written one state at a time, the last one last, and stop nothing when they cannot be', async () => {
    const written: number[] = [];
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const steps = new CaptureSteps(async (present) => {
      written.push(present.length);
      if (written.length === 1) await held;
      if (written.length === 2) throw new Error('the state database is away');
    }, clock());
    steps.began('prepare');
    await Promise.resolve();
    steps.ended('prepare');
    steps.began('filestore');
    steps.began('database');
    goOn();
    await expect(steps.close()).resolves.toBeUndefined();
    steps.began('publish');
    await steps.close();
    expect(written).toEqual([1, 3, 4]);
  });
});
