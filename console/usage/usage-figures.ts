import type { UsageDay } from '../../sdk/typescript/index.js';

/** All that is shown, on one day; null where no project has a row: nobody looked, and nothing is made up. */
export interface DayFigures {
  day: string;
  logicalBytes: number | null;
  storedBytes: number | null;
  addedBytes: number | null;
  snapshotCount: number | null;
}

/** Of a project, over all days that are shown. */
export interface ProjectFigures {
  projectId: string;
  /** As it was called last. */
  projectName: string;
  days: number;
  /** Means over the days it was there. */
  logicalBytes: number;
  storedBytes: number;
  addedBytes: number;
  snapshotCount: number;
  /** What was stored, times the hours that somebody looked: what one charges by the hour. */
  storedByteHours: number;
}

const DAY_MS = 86_400_000;

/** One for each day from the first to the last that is known. */
export function byDay(rows: readonly UsageDay[]): DayFigures[] {
  const known = Map.groupBy(rows, ({ day }) => day);
  const days = [...known.keys()].toSorted();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const figures: DayFigures[] = [];
  for (let time = Date.parse(first); time <= Date.parse(last); time += DAY_MS) {
    const day = new Date(time).toISOString().slice(0, 10);
    const of = known.get(day);
    figures.push({
      day,
      logicalBytes: sum(of, 'logicalBytes'),
      storedBytes: sum(of, 'storedBytes'),
      addedBytes: sum(of, 'addedBytes'),
      snapshotCount: sum(of, 'snapshotCount'),
    });
  }
  return figures;
}

type Amount = 'logicalBytes' | 'storedBytes' | 'addedBytes' | 'snapshotCount';

function sum(rows: readonly UsageDay[] | undefined, name: Amount): number | null {
  return rows?.reduce((total, row) => total + row[name], 0) ?? null;
}

/** Those that stored most first. */
export function byProject(rows: readonly UsageDay[]): ProjectFigures[] {
  return [...Map.groupBy(rows, ({ projectId }) => projectId)]
    .map(([projectId, of]) => ({
      projectId,
      projectName: of.at(-1)?.projectName ?? '',
      days: of.length,
      logicalBytes: (sum(of, 'logicalBytes') ?? 0) / of.length,
      storedBytes: (sum(of, 'storedBytes') ?? 0) / of.length,
      addedBytes: sum(of, 'addedBytes') ?? 0,
      snapshotCount: sum(of, 'snapshotCount') ?? 0,
      storedByteHours: of.reduce((total, { storedBytes, lookCount }) => total + storedBytes * lookCount, 0),
    }))
    .toSorted((one, other) => other.storedByteHours - one.storedByteHours);
}
