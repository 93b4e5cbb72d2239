import { LARGE_BYTES } from './merging-proxy.js';

/** What each program prints as one line of JSON, its last. */
export interface Seen {
  /** Of the environment's database, which is one of three kinds. */
  databaseHost: unknown;
  /** A hook of the environment that there is none of. */
  beforeCutover: unknown;
  /** Of the snapshot as it was queued. */
  finishedAt: unknown;
  /** Of the snapshot once it was completed. */
  status: unknown;
  failure: unknown;
  databaseBytes: unknown;
  /** The status of the rollback's deployment in the end. */
  rollback: unknown;
  /** The project's description after a PATCH that was to remove it. */
  description: unknown;
  /** Of the problem that asking for a snapshot that does not exist was answered with. */
  problem: unknown;
}

const DESCRIPTION = 'made by a generated client';

/** What a program has to see. Those whose client cannot say `null` in a PATCH do not remove the description. */
export function expected({ databaseHost, sendsNull }: { databaseHost: string; sendsNull: boolean }): Seen {
  return {
    databaseHost,
    beforeCutover: null,
    finishedAt: null,
    status: 'completed',
    failure: null,
    databaseBytes: LARGE_BYTES,
    rollback: 'completed',
    description: sendsNull ? null : DESCRIPTION,
    problem: { status: 404, code: 'not-found' },
  };
}

/** What a program saw, from what it printed. Throws when its last line is not that. */
export function seenIn(stdout: string): Seen {
  const last = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(last) as Seen;
  } catch (error) {
    throw new Error(`The program printed no line of JSON at its end, but: ${last}`, { cause: error });
  }
}

/** Where the two differ, one sentence for each property. */
export function differences(seen: Seen, wanted: Seen): string[] {
  const names = Object.keys(wanted) as (keyof Seen)[];
  return names
    .filter((name) => JSON.stringify(seen[name]) !== JSON.stringify(wanted[name]))
    .map((name) => `${name} is ${JSON.stringify(seen[name])}, not ${JSON.stringify(wanted[name])}`);
}
