import { describe, expect, it } from 'vitest';
import type { UsageDay } from '../../sdk/typescript/index.js';
import { usageCsv } from './usage-csv.js';
import { byDay, byProject } from './usage-figures.js';

const day = (day: string, projectId: string, storedBytes: number, rest: Partial<UsageDay> = {}): UsageDay => ({
  day,
  projectId,
  projectName: projectId,
  storedBytes,
  logicalBytes: storedBytes * 10,
  addedBytes: 1,
  snapshotCount: 2,
  lookCount: 24,
  ...rest,
});

describe('what was used', () => {
  const rows = [
    day('2026-11-01', 'a', 100),
    day('2026-11-01', 'b', 50),
    day('2026-11-04', 'a', 300, { projectName: 'a renamed', lookCount: 6 }),
  ];

  it('is added up by day, and a day without a look is not made up', () => {
    expect(byDay(rows).map(({ day, storedBytes, snapshotCount }) => [day, storedBytes, snapshotCount])).toEqual([
      ['2026-11-01', 150, 4],
      ['2026-11-02', null, null],
      ['2026-11-03', null, null],
      ['2026-11-04', 300, 2],
    ]);
    expect(byDay([])).toEqual([]);
  });

  it('is told by project: the mean of what was stored, the sum of what was added, and byte-hours', () => {
    expect(byProject(rows)).toEqual([
      {
        projectId: 'a',
        projectName: 'a renamed',
        days: 2,
        storedBytes: 200,
        logicalBytes: 2000,
        addedBytes: 2,
        snapshotCount: 4,
        storedByteHours: 100 * 24 + 300 * 6,
      },
      expect.objectContaining({ projectId: 'b', storedByteHours: 50 * 24 }),
    ]);
  });

  it('a name in the CSV stays in its cell, and is no formula', () => {
    expect(usageCsv([day('2026-11-01', 'p', 1, { projectName: '=cmd|"x", y' })])).toBe(
      'day,projectId,projectName,logicalBytes,storedBytes,addedBytes,snapshotCount,lookCount\r\n' +
        `2026-11-01,p,"'=cmd|""x"", y",10,1,1,2,24\r\n`,
    );
  });
});
