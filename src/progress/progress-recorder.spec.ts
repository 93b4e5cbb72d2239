import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CapturePhase } from '../engine/progress.js';
import { ProgressRecorder } from './progress-recorder.js';
import type { Figures } from './progress-recorder.js';

const weights = new Map<CapturePhase, number>([
  ['prepare', 10],
  ['database', 50],
  ['filestore', 30],
  ['publish', 10],
]);

let events: Figures[];
let recorder: ProgressRecorder;

beforeEach(() => {
  vi.useFakeTimers();
  events = [];
  recorder = new ProgressRecorder(weights, (figures) => {
    events.push(figures);
    return Promise.resolve();
  });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('ProgressRecorder', () => {
  it('records each new phase at once and the rest of the reports now and then, the last one included', async () => {
    recorder.report({ phase: 'prepare' });
    recorder.report({ phase: 'database', bytesDone: 0, bytesTotal: 1000 });
    for (let bytesDone = 1; bytesDone <= 1000; bytesDone += 1) recorder.report({ phase: 'database', bytesDone });
    await vi.advanceTimersByTimeAsync(1000);
    expect(events.map(({ phase, bytesDone }) => [phase, bytesDone])).toEqual([
      ['prepare', 0],
      ['database', 0],
      ['database', 1000],
    ]);
  });

  it('tells rate and remaining time once it has seen some bytes', async () => {
    recorder.report({ phase: 'database', bytesDone: 0, bytesTotal: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    recorder.report({ phase: 'database', bytesDone: 250 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(events.at(-1)).toMatchObject({ bytesPerSecond: 250, remainingSeconds: 3 });
  });

  it('tells what is being done for as long as it is', async () => {
    recorder.report({ phase: 'prepare', message: 'Connecting' });
    await vi.advanceTimersByTimeAsync(1000);
    recorder.report({ phase: 'prepare', bytesDone: 1 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(events.map(({ message }) => message)).toEqual(['Connecting', '']);
  });

  it('never goes back, also when database and filestore report in turn', () => {
    const percents: number[] = [];
    recorder.report({ phase: 'prepare' });
    for (let done = 0; done <= 100; done += 10) {
      recorder.report({ phase: 'database', bytesDone: done, bytesTotal: 100 });
      percents.push(recorder.figures().percent);
      recorder.report({ phase: 'filestore', filesDone: done, filesTotal: 100 });
      percents.push(recorder.figures().percent);
    }
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(90);
  });

  it('never says 100 before the work is over', () => {
    recorder.report({ phase: 'publish', bytesDone: 10, bytesTotal: 10 });
    expect(recorder.figures().percent).toBe(99);
  });

  it('writes nothing after it is closed, so that the final event is the last one', async () => {
    recorder.report({ phase: 'prepare' });
    recorder.report({ phase: 'prepare', bytesDone: 5 });
    await recorder.close();
    recorder.report({ phase: 'database' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toHaveLength(1);
  });

  it('goes on when an event cannot be written', async () => {
    const failing = new ProgressRecorder(weights, () => Promise.reject(new Error('no database')));
    failing.report({ phase: 'prepare' });
    await expect(failing.close()).resolves.toBeUndefined();
  });
});
