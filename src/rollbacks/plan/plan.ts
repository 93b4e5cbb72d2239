import { expectedSeconds } from '../../snapshots/standby/expected-seconds.js';
import { requiredBytes } from '../../engine/filestore/facts/required-bytes.js';
import type { RollbackPlan } from '../../contract/generated/types.gen.js';
import { databaseRefusals, databaseWarnings, groupSessions } from './plan-database.js';
import { databaseChanges, propertiesRefusals, propertiesWarnings } from './plan-properties.js';
import { filestoreRefusals, filestoreWarnings } from './plan-filestore.js';
import { restorabilityRefusals, restorabilityWarnings } from './plan-restorability.js';
import { keptStory, leftOutWarnings } from './plan-left-out.js';
import { toLeftOutDto } from '../../snapshots/snapshot.dto.js';
import { isFinding } from './rollback-facts.js';
import type { RollbackFacts } from './rollback-facts.js';

type Finding = RollbackPlan['refusals'][number];
type Step = RollbackPlan['steps'][number];

/** A plan as it is before anybody is to confirm it. */
export type PlannedRollback = Omit<RollbackPlan, 'planToken'>;

/** Of a finding: this process is not of the environment's pool, and has looked at nothing. */
export const POOL_UNREACHABLE = 'pool-unreachable';

/** What a rollback would do, and why it would be refused. Pure: the same facts give the same plan. */
export function planRollback(facts: RollbackFacts): PlannedRollback {
  const { hasNeutralizeSql, hasNeutralizePaths } = facts.target;
  const neutralize = needsNeutralizing(facts) && (hasNeutralizeSql || hasNeutralizePaths);
  const refusals = [
    ...restorabilityRefusals(facts.snapshot.known),
    ...partRefusals(facts),
    ...neutralizeRefusals(facts),
    ...sideRefusals(facts),
  ];
  return {
    environmentId: facts.source.id,
    targetEnvironmentId: facts.target.id,
    snapshotId: facts.snapshot.id,
    allowed: refusals.length === 0,
    refusals,
    warnings: warningsOf(facts),
    steps: stepsOf(facts, neutralize),
    snapshotIds: [
      facts.snapshot.id,
      ...(facts.snapshot.baseSnapshotId === null ? [] : [facts.snapshot.baseSnapshotId]),
    ],
    safetySnapshot: facts.createSafetySnapshot,
    standby: facts.standsReady,
    neutralize,
    database: describeDatabase(facts),
    databaseChanges: facts.needs ? databaseChanges(facts.needs.properties) : [],
    filestore: describeFilestore(facts),
    leftOut: facts.snapshot.leftOut && toLeftOutDto(facts.snapshot.leftOut),
    expectedDurationSeconds: expectedSeconds(facts.snapshot, facts.standsReady),
  };
}

/** Production data must not reach another kind of environment as it is. */
export function needsNeutralizing({ source, target }: Pick<RollbackFacts, 'source' | 'target'>): boolean {
  return source.type === 'production' && target.type !== 'production';
}

function partRefusals({ snapshot, target }: RollbackFacts): Finding[] {
  const refusals: Finding[] = [];
  if (snapshot.databaseBytes !== null && !target.hasDatabase) {
    refusals.push({
      code: 'target-has-no-database',
      message: 'The snapshot has a database, the environment has none; add one to it.',
    });
  }
  if (snapshot.filestoreBytes !== null && !target.hasFilestore) {
    refusals.push({
      code: 'target-has-no-filestore',
      message: 'The snapshot has a filestore, the environment has none; add one to it.',
    });
  }
  return refusals;
}

function neutralizeRefusals(facts: RollbackFacts): Finding[] {
  const { snapshot, target } = facts;
  if (!needsNeutralizing(facts) || target.allowUnneutralized) return [];
  const rules: [boolean, string, string][] = [
    [
      snapshot.databaseBytes !== null && !target.hasNeutralizeSql,
      'neutralize-required',
      `Data from production goes to a ${target.type} environment; give it a neutralizeSql, or set allowUnneutralized.`,
    ],
    [
      snapshot.filestoreBytes !== null && !target.hasNeutralizePaths,
      'neutralize-paths-required',
      `Files from production go to a ${target.type} environment; give it neutralizePaths (an empty list says that none has to change), or set allowUnneutralized.`,
    ],
  ];
  return rules.flatMap(([applies, code, message]) => (applies ? [{ code, message }] : []));
}

function sideRefusals({ database, filestore, snapshot, needs, standsReady }: RollbackFacts): Finding[] {
  return [
    ...(database === null
      ? []
      : isFinding(database)
        ? [database]
        : [
            ...databaseRefusals(database, snapshot.serverVersion),
            ...propertiesRefusals(needs?.properties ?? null, database.facts.uncarriableSettings),
            ...(needs?.findings ?? []).filter(({ blocking }) => blocking).map(toFinding),
          ]),
    ...(filestore === null
      ? []
      : isFinding(filestore)
        ? [filestore]
        : // Nothing is built then.
          filestoreRefusals(filestore, snapshot).filter(({ code }) => !standsReady || code !== 'disk-space')),
  ];
}

function warningsOf(facts: RollbackFacts): Finding[] {
  const { createSafetySnapshot, snapshot, target, source, database, filestore, needs, standsReady } = facts;
  const warnings: Finding[] = [];
  if (facts.unreachablePool !== null) {
    warnings.push({
      code: POOL_UNREACHABLE,
      message: `The pool ${facts.unreachablePool} is none of this process's, so that database and directory were not looked at; the worker looks before it touches anything, and may refuse the rollback then.`,
    });
  }
  if (!createSafetySnapshot) {
    warnings.push({
      code: 'no-safety-snapshot',
      message:
        'No snapshot of the state that is swapped out is taken: it is there as long as it is kept for an undo, and no longer.',
    });
  }
  warnings.push(...restorabilityWarnings(snapshot.known), ...leftOutWarnings(snapshot.leftOut));
  if (snapshot.warnings > 0) {
    warnings.push({
      code: 'captured-with-warnings',
      message: `The snapshot was captured with ${snapshot.warnings} warnings; read them first.`,
    });
  }
  if (target.hasDatabase && snapshot.databaseBytes === null) {
    warnings.push({
      code: 'filestore-only',
      message: 'The snapshot has no database: the environment keeps its present one.',
    });
  }
  if (target.hasFilestore && snapshot.filestoreBytes === null) {
    warnings.push({
      code: 'database-only',
      message: 'The snapshot has no filestore: the environment keeps its present one.',
    });
  }
  if (target.id !== source.id) {
    warnings.push({ code: 'other-environment', message: "Owners and privileges become those of the target's role." });
  }
  if (database !== null && !isFinding(database)) warnings.push(...databaseWarnings(database, target.hasBeforeHook));
  if (needs) {
    warnings.push(...propertiesWarnings(needs.properties));
    warnings.push(...needs.findings.filter(({ blocking }) => !blocking).map(toFinding));
  }
  if (filestore !== null && !isFinding(filestore)) {
    const ofRoom = (code: string) => code === 'kept-state-in-the-way';
    warnings.push(...filestoreWarnings(filestore, snapshot).filter(({ code }) => !standsReady || !ofRoom(code)));
  }
  return warnings;
}

function toFinding({ code, message }: Finding): Finding {
  return { code, message };
}

function stepsOf(facts: RollbackFacts, neutralize: boolean): Step[] {
  const { createSafetySnapshot } = facts;
  const steps: Step[] = [
    { name: 'prepare', description: 'Look at the environment again; stop if it does not fit the plan.' },
  ];
  steps.push(...(facts.standsReady ? [] : stagingSteps(facts, neutralize)));
  if (facts.snapshot.leftOut) steps.push({ name: 'keep-live', description: keptStory(facts.snapshot.leftOut) });
  steps.push(
    { name: 'cutover', description: 'End the sessions and swap both in: the only moment the environment is down.' },
    { name: 'cleanup', description: 'Keep the previous state for an undo, or remove it, as the settings say.' },
  );
  if (createSafetySnapshot) {
    const description =
      'When the rollback has completed: take a safety snapshot of the state that was swapped out, which is kept until then.';
    steps.push({ name: 'safety', description });
  }
  return steps;
}

/** Not taken where a standby is swapped in. */
function stagingSteps({ snapshot }: RollbackFacts, neutralize: boolean): Step[] {
  const steps: Step[] = [];
  if (snapshot.databaseBytes !== null) {
    const cleaned = neutralize ? ', and run neutralizeSql in it' : '';
    steps.push({ name: 'stage-database', description: `Rebuild the database beside the live one${cleaned}.` });
  }
  if (snapshot.filestoreBytes !== null) {
    steps.push({ name: 'stage-filestore', description: 'Rebuild the filestore beside the live one.' });
  }
  steps.push({ name: 'verify', description: 'Compare what was rebuilt with what was captured.' });
  return steps;
}

function describeDatabase({ database, snapshot }: RollbackFacts): RollbackPlan['database'] {
  if (database === null || isFinding(database)) return null;
  return {
    name: database.facts.name,
    currentBytes: database.facts.databaseBytes,
    restoreBytes: snapshot.databaseBytes ?? 0,
    sessions: groupSessions(database.facts.sessions),
  };
}

function describeFilestore({ filestore, snapshot }: RollbackFacts): RollbackPlan['filestore'] {
  if (filestore === null || isFinding(filestore)) return null;
  return {
    path: filestore.facts.path,
    restoreBytes: snapshot.filestoreBytes ?? 0,
    restoreFiles: snapshot.fileCount ?? 0,
    requiredBytes: requiredBytes(snapshot),
    freeBytes: filestore.facts.freeBytes,
  };
}
