import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { LogPosition } from '../../../../vault/manifests/manifest-database.js';
import { EngineError } from '../../../engine-error.js';
import { withConnection } from '../../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { READING_SETTINGS } from '../../../postgres/connection/session-settings.js';
import { CAPTURE_NAME } from '../../../postgres/cut/cut.js';
import { readLogPosition } from '../../../postgres/cut/log-position.js';
import { type LogStretch, type LogSummary, readingOf } from './log-coverage.js';

const BETWEEN_LOOKS_MS = 10;

/** A table as its file is known in the log, and where the ranges begin that are asked about; the first one at 0, in their order. */
export interface AskedRelation {
  filenode: string;
  starts: readonly number[];
}

/** Of each filenode of which something was written, the ranges by their index. Or a sentence that says why nobody knows. */
export type LogFindings = { written: ReadonlyMap<string, ReadonlySet<number>> } | { reason: string };

export interface LogQuestion {
  /** What is asked about was written later than this. */
  since: LogPosition;
  databaseOid: number;
  relations: readonly AskedRelation[];
  /** The longest time that any of it may take: the checkpoint, its summary, looking through all of them. */
  patienceMs: number;
}

/**
 * Which ranges had a block of theirs written between `since` and now, by the summaries that PostgreSQL 17 and newer make of their log for
 * incremental backups (`summarize_wal`). A range that is not named was not written by anybody: not by what was undone, by
 * vacuum or by setting a bit either. The server finishes a summary with a checkpoint, so one is asked for, which takes a
 * role that may (`pg_checkpoint`).
 *
 * Nothing is known (`reason`) when the server was stopped in between, which may have lost or exchanged a part of its history under the
 * same timeline; when a stretch has no summary; and when the server refuses or takes too long. Rejects with
 * `signal.reason` only.
 */
export async function readWritten(
  address: DatabaseAddress,
  question: LogQuestion,
  { signal }: { signal: AbortSignal },
): Promise<LogFindings> {
  const until = Date.now() + question.patienceMs;
  // What waits for a checkpoint or looks through summaries ends in time, and says so.
  const settings = { ...READING_SETTINGS, statement_timeout: String(question.patienceMs) };
  const options = { signal, settings, applicationName: CAPTURE_NAME };
  try {
    return await withConnection(address, options, (client) => ask(client, question, until, signal));
  } catch (error) {
    signal.throwIfAborted();
    // A connection that is not to be had, or is lost, is none that the capture needs.
    if (!(error instanceof EngineError)) throw error;
    return { reason: error.message };
  }
}

async function ask(client: Client, question: LogQuestion, until: number, signal: AbortSignal): Promise<LogFindings> {
  const { since } = question;
  const now = await readLogPosition(client);
  if (!now) return { reason: 'The server does not summarise its log (summarize_wal), or the role may not ask for it.' };
  if (now.serverStartedAt !== since.serverStartedAt) return { reason: 'The server was restarted since the base.' };
  if (now.timeline !== since.timeline) return { reason: 'The server goes on another timeline since the base.' };
  if (!(await mayCheckpoint(client))) return { reason: 'The role may not checkpoint; grant it pg_checkpoint.' };
  const stretch: LogStretch = { timeline: now.timeline, from: since.lsn, to: now.lsn };
  await client.query('CHECKPOINT');
  for (;;) {
    const reading = readingOf(await readSummaries(client, stretch), stretch);
    if ('files' in reading) return await readFiles(client, stretch.timeline, reading.files, question);
    if (reading.isLost) return { reason: 'The log has no summary of all that was written since the base.' };
    if (Date.now() >= until) return { reason: 'The server did not summarise its log in time.' };
    await pause(BETWEEN_LOOKS_MS, undefined, { signal });
  }
}

async function mayCheckpoint(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT pg_catalog.pg_has_role('pg_checkpoint', 'USAGE') AS may`,
  );
  return rows[0]!.may;
}

async function readSummaries(client: Client, { timeline, from, to }: LogStretch): Promise<LogSummary[]> {
  const { rows } = await client.query<LogSummary>(
    `SELECT start_lsn::text AS from, end_lsn::text AS to FROM pg_catalog.pg_available_wal_summaries()
     WHERE tli = $1 AND end_lsn > $2 AND start_lsn < $3 ORDER BY start_lsn, end_lsn`,
    [timeline, from, to],
  );
  return rows;
}

/** A file that has gone since it was listed is a refusal of the server's, and not one with nothing in it. */
async function readFiles(
  client: Client,
  timeline: number,
  files: readonly LogSummary[],
  { databaseOid, relations }: LogQuestion,
): Promise<LogFindings> {
  // What has no number is the database as a whole: copied, or moved to another tablespace.
  const asked = [{ filenode: '0', starts: [0] }, ...relations];
  const { rows } = await client.query<{ filenode: string; range: number; isLimit: boolean }>(
    `WITH asked AS MATERIALIZED (
       SELECT filenode, starts::int8[] AS starts FROM ROWS FROM (
         pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[])) AS a (filenode, starts))
     SELECT DISTINCT asked.filenode::text, pg_catalog.width_bucket(block.relblocknumber, asked.starts) - 1 AS range,
            block.is_limit_block AS "isLimit"
     FROM ROWS FROM (pg_catalog.unnest($3::pg_catalog.pg_lsn[]), pg_catalog.unnest($4::pg_catalog.pg_lsn[])) AS file (from_lsn, to_lsn)
     CROSS JOIN LATERAL pg_catalog.pg_wal_summary_contents($5, file.from_lsn, file.to_lsn) AS block
     JOIN asked ON asked.filenode = block.relfilenode
     WHERE block.reldatabase = $6::pg_catalog.oid AND block.relforknumber = 0`,
    [
      asked.map(({ filenode }) => filenode),
      asked.map(({ starts }) => `{${starts.join(',')}}`),
      files.map(({ from }) => from),
      files.map(({ to }) => to),
      timeline,
      databaseOid,
    ],
  );
  const byFilenode = Map.groupBy(rows, ({ filenode }) => filenode);
  if (byFilenode.has('0')) return { reason: 'The database as a whole was copied or moved since the base.' };
  const written = new Map<string, Set<number>>();
  for (const { filenode, starts } of relations) {
    const found = byFilenode.get(filenode);
    if (!found) continue;
    const ranges = new Set(found.map(({ range }) => range));
    // From a limit on the table was cut off, or began, at some time: what lies there now may be all new.
    const limit = Math.min(...found.filter(({ isLimit }) => isLimit).map(({ range }) => range));
    for (let range = limit; range < starts.length; range += 1) ranges.add(range);
    written.set(filenode, ranges);
  }
  return { written };
}
