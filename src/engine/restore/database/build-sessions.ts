import type { Client } from 'pg';
import { applySettings } from '../../postgres/connection/connect.js';
import { EVALUATING_SETTINGS, READING_SETTINGS, WRITING_SETTINGS } from '../../postgres/connection/session-settings.js';

/** What a session is set for: putting something in, reading it as the capture did, or having it worked out anew. */
type Purpose = 'writing' | 'reading' | 'evaluating';

/** Sessions work side by side, and one statement after the other is parallel enough in each of them. */
const ALONE = { max_parallel_maintenance_workers: '0', max_parallel_workers_per_gather: '0' } as const;
const SETTINGS: Readonly<Record<Purpose, Readonly<Record<string, string>>>> = {
  writing: { ...WRITING_SETTINGS, ...ALONE },
  reading: { ...READING_SETTINGS, ...ALONE },
  evaluating: { ...EVALUATING_SETTINGS, ...ALONE },
};

/** The settings of a session when it is opened; `memoryBytes`: for each index being built. */
export function buildSettings(memoryBytes: number): Readonly<Record<string, string>> {
  return { ...SETTINGS.writing, maintenance_work_mem: memoryOf(memoryBytes) };
}

function memoryOf(bytes: number): string {
  return `${Math.floor(bytes / 1024)}kB`;
}

/** One of the connections to the database that is being rebuilt. None can be opened anew: the database is closed. */
export class BuildSession {
  private purpose: Purpose = 'writing';

  /** `client`: with `buildSettings(memoryBytes)`. */
  constructor(
    readonly client: Client,
    private readonly memoryBytes: number,
  ) {}

  /** Its client, with the settings for this purpose. Rejects with the server's error. */
  async for(purpose: Purpose): Promise<Client> {
    if (this.purpose !== purpose) {
      // First to what role and database say: the purposes do not pin the same.
      await this.client.query('RESET ALL');
      const memory = { maintenance_work_mem: memoryOf(this.memoryBytes) };
      await applySettings(this.client, { ...SETTINGS[purpose], ...memory });
      this.purpose = purpose;
    }
    return this.client;
  }
}

/** All connections to the database that is being rebuilt. */
export interface BuildSessions {
  readonly sessions: readonly BuildSession[];
  /** Aborted by whoever asked for the restore. */
  readonly signal: AbortSignal;
  /** Breaks all connections: the restore has failed, and nobody waits for what the others are at. */
  abandon(reason: unknown): void;
}

/** The same with one session, for what is done one after the other. */
export function oneOf(sessions: BuildSessions): BuildSessions {
  return { ...sessions, sessions: sessions.sessions.slice(0, 1) };
}

/**
 * Runs the same function once a session, side by side. The first failure aborts the others' signal and breaks their
 * connections; when this rejects with it, all of them have come back.
 */
export async function onSessions(
  { sessions, signal: outer, abandon }: BuildSessions,
  work: (session: BuildSession, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  let failure: { error: unknown } | undefined;
  const run = async (session: BuildSession) => {
    try {
      signal.throwIfAborted();
      await work(session, signal);
    } catch (error) {
      // Only the first one is a reason; the others fail because they were stopped.
      if (failure) return;
      failure = { error };
      stop.abort(error);
      abandon(error);
    }
  };
  await Promise.all(sessions.map(run));
  outer.throwIfAborted();
  if (failure) throw failure.error;
}
