import { describe, expect, it } from 'vitest';
import type { Deployment, Snapshot } from '../../../sdk/typescript/index.js';
import { arrange, lookOf, marksOf, neighbour } from './marks.js';

const HOUR_MS = 3_600_000;
const start = Date.parse('2026-11-01T00:00:00Z');
const span = { from: start, to: start + 30 * 24 * HOUR_MS };

function snapshot(id: string, hours: number, changes: Partial<Snapshot> = {}): Snapshot {
  const createdAt = new Date(start + hours * HOUR_MS).toISOString();
  const restorability = { state: 'proven' as const, findings: [], provenAt: createdAt };
  return { id, type: 'differential', status: 'completed', createdAt, restorability, ...changes } as Snapshot;
}

function deployment(id: string, hours: number, kind: Deployment['kind'] = 'deploy'): Deployment {
  return { id, kind, createdAt: new Date(start + hours * HOUR_MS).toISOString() } as Deployment;
}

const each = (count: number, hours: number) => Array.from({ length: count }, (_, n) => snapshot(`s${n}`, n * hours));

describe('the marks of a timeline', () => {
  it('are one for each snapshot and each change, the earliest first, where there is room', () => {
    const marks = arrange(marksOf([snapshot('b', 20), snapshot('a', 10)], [deployment('d', 15)]), { span, most: 50 });
    expect(marks.map(({ key, lane }) => [key, lane])).toEqual([
      ['a', 'differential'],
      ['d', 'deploy'],
      ['b', 'differential'],
    ]);
  });

  it('become bundles of whole days where they would cover one another, and none is lost', () => {
    const marks = arrange(marksOf(each(720, 1), []), { span, most: 70 });
    expect(marks).toHaveLength(30);
    expect(marks.map((mark) => (mark.kind === 'bundle' ? mark.count : 1)).reduce((sum, count) => sum + count)).toBe(
      720,
    );
    expect(new Date(marks[0]?.kind === 'bundle' ? marks[0].from : 0).toISOString()).toBe('2026-11-01T00:00:00.000Z');
  });

  it('leave a lane that has room as it is, and what changed the environment too', () => {
    const full = snapshot('full', 5, { type: 'full' });
    const deployments = Array.from({ length: 60 }, (_, n) => deployment(`d${n}`, n));
    const marks = arrange(marksOf([...each(720, 1), full], deployments), { span, most: 40 });
    expect(marks.filter(({ lane }) => lane === 'full').map(({ kind }) => kind)).toEqual(['snapshot']);
    expect(marks.filter(({ lane }) => lane === 'deploy')).toHaveLength(60);
  });

  it('are those within the span alone', () => {
    const later = { from: start + 10 * HOUR_MS, to: start + 20 * HOUR_MS };
    expect(arrange(marksOf(each(30, 1), []), { span: later, most: 50 })).toHaveLength(11);
  });

  it('count each look of a bundle', () => {
    const failed = snapshot('f', 1, { status: 'failed', restorability: null });
    const [mark] = arrange(marksOf([...each(24, 0.5), failed], []), { span, most: 20 });
    expect(mark?.kind === 'bundle' && [mark.looks.get('proven'), mark.looks.get('failed')]).toEqual([24, 1]);
  });

  it('look like what is known of the snapshot', () => {
    const looks = [
      snapshot('a', 0),
      snapshot('b', 0, { status: 'running', restorability: null }),
      snapshot('c', 0, { status: 'queued', restorability: null }),
      snapshot('d', 0, { status: 'cancelled', restorability: null }),
    ].map(lookOf);
    expect(looks).toEqual(['proven', 'running', 'running', 'cancelled']);
  });
});

describe('the keyboard on a timeline', () => {
  const marks = arrange(
    marksOf(
      [snapshot('a', 1), snapshot('b', 30), snapshot('full', 2, { type: 'full' })],
      [deployment('r', 29, 'rollback')],
    ),
    { span, most: 50 },
  );
  const at = (key: string) => marks.find((mark) => mark.key === key)!;

  it('goes along a lane by time, and stops at its ends', () => {
    expect(neighbour(marks, at('a'), 'ArrowRight')?.key).toBe('b');
    expect(neighbour(marks, at('b'), 'ArrowRight')).toBeUndefined();
    expect(neighbour(marks, at('b'), 'Home')?.key).toBe('a');
    expect(neighbour(marks, at('a'), 'End')?.key).toBe('b');
  });

  it('goes to the nearest in time on the next lane that has any', () => {
    expect(neighbour(marks, at('b'), 'ArrowDown')?.key).toBe('r');
    expect(neighbour(marks, at('r'), 'ArrowUp')?.key).toBe('b');
    expect(neighbour(marks, at('b'), 'ArrowUp')?.key).toBe('full');
    expect(neighbour(marks, at('r'), 'ArrowDown')).toBeUndefined();
  });
});
