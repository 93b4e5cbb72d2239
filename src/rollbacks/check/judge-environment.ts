import type { EnvironmentCheck, Finding } from '../../contract/generated/types.gen.js';
import type { Obstacles } from '../../engine/capture/database/read-obstacles.js';
import type { UnreadableRelations } from '../../engine/capture/database/cut/unreadable-relations.js';
import type { FilestoreEstimate } from '../../engine/filestore/reading/estimate-filestore.js';
import { requiredBytes } from '../../engine/filestore/facts/required-bytes.js';
import { nameSome } from '../../engine/name-some.js';
import { qualifiedName } from '../../engine/postgres/sql/quote.js';
import { POOL_UNREACHABLE } from '../plan/plan.js';
import { databaseRefusals, databaseWarnings } from '../plan/plan-database.js';
import { filestoreRefusals, filestoreWarnings } from '../plan/plan-filestore.js';
import { propertiesRefusals } from '../plan/plan-properties.js';
import { isFinding } from '../plan/rollback-facts.js';
import type { DatabaseSide, FilestoreSide } from '../plan/rollback-facts.js';

/** What is known of an environment without a snapshot of it. */
export interface EnvironmentFacts {
  /** Null: it has none. A finding: it could not be looked at. */
  database: DatabaseFound | Finding | null;
  filestore: FilestoreFound | Finding | null;
  /** What its settings want of the properties of the database. */
  databaseProperties: 'captured' | 'live';
  hasBeforeHook: boolean;
}

export interface DatabaseFound {
  side: DatabaseSide;
  obstacles: Obstacles;
}

export interface FilestoreFound {
  side: FilestoreSide;
  /** What a snapshot taken now would hold, and a rollback to it would need room for. */
  holds: FilestoreEstimate;
}

type Judged = Omit<EnvironmentCheck, 'environmentId' | 'checkedAt'>;

/** What one half has to say. */
interface Verdict {
  capture: Finding[];
  rollback: Finding[];
  warnings: Finding[];
}

/** There may be very many. */
const MOST_NAMED = 10;

/** What keeps the environment from being captured, and what a rollback to that would be refused for, by the rules of its plan. Pure. */
export function judgeEnvironment(facts: EnvironmentFacts): Judged {
  const { database, filestore } = facts;
  const verdicts = [
    database === null ? NOTHING : isFinding(database) ? unseen(database) : judgeDatabase(database, facts),
    filestore === null ? NOTHING : isFinding(filestore) ? unseen(filestore) : judgeFilestore(filestore),
  ];
  const capture = verdicts.flatMap((verdict) => verdict.capture);
  const refusals = [...capture, ...verdicts.flatMap(({ rollback }) => rollback)];
  return {
    usable: capture.length === 0,
    rollbackReady: refusals.length === 0,
    database: database === null || isFinding(database) ? null : describeDatabase(database),
    filestore: filestore === null || isFinding(filestore) ? null : describeFilestore(filestore),
    refusals,
    warnings: verdicts.flatMap(({ warnings }) => warnings),
  };
}

/** What is said where this process is not of the environment's pool. Pure. */
export function unreachable(pool: string): Judged {
  const message = `The pool ${pool} is none of this process's, so that nothing was looked at; ask a process that has it in its WORKER_POOLS.`;
  const refusals = [{ code: POOL_UNREACHABLE, message }];
  return { usable: false, rollbackReady: false, database: null, filestore: null, refusals, warnings: [] };
}

const NOTHING: Verdict = { capture: [], rollback: [], warnings: [] };

function unseen(finding: Finding): Verdict {
  return { ...NOTHING, capture: [finding] };
}

function judgeDatabase(
  { side, obstacles }: DatabaseFound,
  { databaseProperties, hasBeforeHook }: EnvironmentFacts,
): Verdict {
  const isKept = databaseProperties === 'live';
  // Those that stay as they are do not come back from a snapshot.
  const findings = obstacles.findings.filter(({ code }) => !isKept || code !== 'settings-left-out');
  return {
    capture: unreadableRefusals(obstacles.unreadable),
    rollback: [
      ...databaseRefusals(side, null),
      ...(isKept ? propertiesRefusals(null, side.facts.uncarriableSettings) : []),
      ...findings.filter(({ blocking }) => blocking).map(toFinding),
    ],
    warnings: [
      ...databaseWarnings(side, hasBeforeHook),
      ...findings.filter(({ blocking }) => !blocking).map(toFinding),
    ],
  };
}

function judgeFilestore(found: FilestoreFound): Verdict {
  return {
    capture: [],
    rollback: filestoreRefusals(found.side, heldBy(found)),
    warnings: filestoreWarnings(found.side, heldBy(found)),
  };
}

/** By the code that the capture would fail with. */
function unreadableRefusals({ relations, largeObjects }: UnreadableRelations): Finding[] {
  const named = relations.slice(0, MOST_NAMED).map((relation) => `the ${relation.what} ${qualifiedName(relation)}`);
  const parts = [
    ...(named.length > 0 ? [nameSome(named, { count: relations.length })] : []),
    ...(largeObjects ? ['some large objects'] : []),
  ];
  if (parts.length === 0) return [];
  const message = `The role may not read all of ${parts.join(' and ')}; let it own them, or grant it SELECT, and BYPASSRLS where rows are hidden from it.`;
  return [{ code: 'database-permission-denied', message }];
}

function heldBy({ holds }: FilestoreFound): { filestoreBytes: number; fileCount: number } {
  return { filestoreBytes: holds.bytes, fileCount: holds.files };
}

function describeDatabase({ side: { facts } }: DatabaseFound): EnvironmentCheck['database'] {
  const { name, serverVersion, owner, databaseBytes } = facts;
  return { name, serverVersion, owner, databaseBytes };
}

function describeFilestore(found: FilestoreFound): EnvironmentCheck['filestore'] {
  const { path, freeBytes } = found.side.facts;
  return { path, requiredBytes: requiredBytes(heldBy(found)), freeBytes };
}

function toFinding({ code, message }: Finding): Finding {
  return { code, message };
}
