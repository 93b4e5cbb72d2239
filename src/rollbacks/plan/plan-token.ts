import { createHash } from 'node:crypto';
import type { DatabaseChange, Finding } from '../../contract/generated/types.gen.js';
import { errors } from '../../errors/catalogue.js';
import { materialChanges } from './material-changes.js';
import type { Promised } from './material-changes.js';
import { POOL_UNREACHABLE } from './plan.js';
import type { PlannedRollback } from './plan.js';

/** Goes up when a token says something else; tokens of before are refused then, and people plan again. */
const FORMAT = 1;

/**
 * What a plan promised, which its token holds: whoever accepts the rollback needs nobody to have kept the plan. It is not signed:
 * one that somebody has made up can only add refusals, since everything else is decided without it. And it holds no secret: nothing
 * of the values that the plan does not show, not even a digest of them.
 */
export interface ConfirmedPlan {
  snapshotId: string;
  targetEnvironmentId: string;
  safetySnapshot: boolean;
  allowed: boolean;
  neutralize: boolean;
  /** Null where nobody could look at database and directory. */
  place: Place | null;
  /** A digest of them as they were shown. */
  databaseChanges: string;
  /** Codes, each once. */
  warnings: string[];
}

type Place = Omit<Promised, 'neutralize'>;

/** A plan and what it promises of the place; null where nobody could look. */
interface PlannedThere {
  plan: PlannedRollback;
  promised: Promised | null;
}

/** Pure. Also with the longest path that a directory can have it is no longer than a request may have it. */
export function planTokenOf(planned: PlannedThere): string {
  return Buffer.from(JSON.stringify({ format: FORMAT, ...confirmedBy(planned) })).toString('base64url');
}

/** Throws `validation-failed` for what is no token of this format. */
export function readPlanToken(text: unknown): ConfirmedPlan {
  try {
    return confirmedIn(objectIn(JSON.parse(Buffer.from(textIn(text), 'base64url').toString())));
  } catch {
    const message = 'must be the planToken of a plan; plan the rollback again';
    throw errors.validationFailed([{ field: 'planToken', message }]);
  }
}

/** What the worker has to find where only the token says it; null when that does not say it either. Pure. */
export function promisedIn({ place, neutralize }: ConfirmedPlan): Promised | null {
  return place && { ...place, neutralize };
}

/** Why the rollback that would be done now is not the one that was confirmed. Empty: it is. Pure. */
export function changesSincePlan(confirmed: ConfirmedPlan, planned: PlannedThere): Finding[] {
  if (!confirmed.allowed) {
    const message = 'The plan says that the rollback is refused; plan it again when that is mended.';
    return [{ code: 'plan-not-allowed', message }];
  }
  const now = confirmedBy(planned);
  const couldLook = confirmed.place !== null && now.place !== null;
  const rules: [boolean, string, string][] = [
    [confirmed.snapshotId !== now.snapshotId, 'snapshot-changed', 'The plan is for another snapshot'],
    [
      confirmed.targetEnvironmentId !== now.targetEnvironmentId,
      'target-changed',
      'The plan is for another environment than the one that would be changed',
    ],
    [
      confirmed.safetySnapshot !== now.safetySnapshot,
      'safety-snapshot-changed',
      now.safetySnapshot
        ? 'The plan takes no safety snapshot, and the rollback would'
        : 'The plan takes a safety snapshot, and the rollback would not',
    ],
    [
      couldLook && confirmed.databaseChanges !== now.databaseChanges,
      'database-changes-changed',
      'What changes of the database itself is not what the plan shows',
    ],
  ];
  return [
    ...rules
      .filter(([holds]) => holds)
      .map(([, code, what]) => ({ code, message: `${what}; plan the rollback again.` })),
    ...materialChanges(promisedOf(confirmed, couldLook), promisedOf(now, couldLook)),
    ...newWarnings(confirmed, planned),
  ];
}

function confirmedBy({ plan, promised }: PlannedThere): ConfirmedPlan {
  const { snapshotId, targetEnvironmentId, safetySnapshot, allowed, neutralize } = plan;
  return {
    ...{ snapshotId, targetEnvironmentId, safetySnapshot, allowed, neutralize },
    place: promised && { database: promised.database, filestore: promised.filestore },
    databaseChanges: digestOf(plan.databaseChanges),
    warnings: [...new Set(plan.warnings.map(({ code }) => code))],
  };
}

/** Places are compared where both have been looked at. */
function promisedOf({ place, neutralize }: ConfirmedPlan, couldLook: boolean): Promised {
  return { ...((couldLook && place) || { database: null, filestore: null }), neutralize };
}

/** A warning that is gone makes nothing worse, and that nobody can look here says nothing of the rollback. */
function newWarnings(confirmed: ConfirmedPlan, { plan, promised }: PlannedThere): Finding[] {
  // Whoever has confirmed that nobody had looked is not held up by what is seen by now.
  if (confirmed.place === null && promised !== null) return [];
  return plan.warnings
    .filter(({ code }) => code !== POOL_UNREACHABLE && !confirmed.warnings.includes(code))
    .map(({ code, message }) => ({ code, message: `The plan did not warn of this: ${message}` }));
}

function digestOf(changes: readonly DatabaseChange[]): string {
  const shown = changes.map(({ property, setting, role, from, to }) => [property, setting, role, from, to]);
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}

/** What follows throws where something is not what it should be. */
function confirmedIn(found: Record<string, unknown>): ConfirmedPlan {
  if (found['format'] !== FORMAT) throw new TypeError('Another format.');
  return {
    snapshotId: textIn(found['snapshotId']),
    targetEnvironmentId: textIn(found['targetEnvironmentId']),
    safetySnapshot: booleanIn(found['safetySnapshot']),
    allowed: booleanIn(found['allowed']),
    neutralize: booleanIn(found['neutralize']),
    place: orNull(found['place'], placeIn),
    databaseChanges: textIn(found['databaseChanges']),
    warnings: listIn(found['warnings']).map(textIn),
  };
}

function placeIn({ database, filestore }: Record<string, unknown>): Place {
  return {
    database: orNull(database, ({ name, oid, owner, serverMajor, locale }) => ({
      ...{ name: textIn(name), oid: integerIn(oid), owner: textIn(owner) },
      ...{ serverMajor: integerIn(serverMajor), locale: textIn(locale) },
    })),
    filestore: orNull(filestore, ({ path, inode }) => ({
      path: textIn(path),
      inode: inode === null ? null : textIn(inode),
    })),
  };
}

function orNull<T>(value: unknown, read: (fields: Record<string, unknown>) => T): T | null {
  return value === null ? null : read(objectIn(value));
}

function objectIn(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('No object.');
  return { ...value };
}

function listIn(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError('No list.');
  return value;
}

/** One that PostgreSQL can keep: what the worker is to find is written down. */
function textIn(value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) throw new TypeError('No text.');
  return value;
}

function integerIn(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new TypeError('No whole number.');
  return value;
}

function booleanIn(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('Neither true nor false.');
  return value;
}
