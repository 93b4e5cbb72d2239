import type { DatabaseChange, RollbackPlan } from '../../../sdk/typescript/index.js';
import { properties } from '../../output/table.js';
import type { Property } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { bytes, counted, known, relativeTime, seconds } from '../../output/words.js';
import type { Planned } from './planned-rollback.js';

/** As many as a person reads; the rest is in `--output json`. */
const SHOWN = 10;

/** A plan for people: what becomes what, who is disturbed, what a person should know, and how long it takes. */
export function toldPlan({ environment, target, snapshot, plan }: Planned, now: number): string[] {
  const { id, label, startedAt, createdAt, restorability } = snapshot;
  const taken = startedAt ?? createdAt;
  const of = target.id === environment.id ? '' : ` of ${environment.name}`;
  const facts: Property[] = [
    ['environment', `${target.name} (${target.type})`],
    ['becomes', `the snapshot ${id.slice(0, 8)}${of}${known(label, (text) => `, ${text}`) ?? ''}`],
    ['taken', `${taken} (${relativeTime(taken, now)})`],
    ['restorability', restorability?.state],
    ['database', databaseOf(plan)],
    ['sessions', sessionsOf(plan)],
    ['filestore', filestoreOf(plan)],
    ['afterwards', plan.safetySnapshot ? 'a safety snapshot of what was swapped out' : 'no safety snapshot'],
    ['neutralized', plan.neutralize ? 'yes' : undefined],
    [
      'takes',
      known(
        plan.expectedDurationSeconds,
        (time) => `about ${seconds(time)}${plan.standby ? ', by way of the standby' : ''}; down only for the swap`,
      ),
    ],
  ];
  return [
    properties(facts),
    ...section(
      'Steps',
      plan.steps?.map(({ name, description }) => `${name}: ${description}`),
    ),
    ...section('Settings of the database that change', plan.databaseChanges?.map(change)),
    ...section(
      'Warnings',
      plan.warnings?.map(({ message }) => message),
    ),
    ...section(
      'Refused',
      plan.refusals?.map(({ message }) => message),
    ),
  ];
}

function section(title: string, lines: readonly string[] = []): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`  and ${lines.length - SHOWN} more`] : [];
  return ['', `${title}:`, ...lines.slice(0, SHOWN).map((line) => `  ${visible(line)}`), ...more];
}

function databaseOf({ database }: RollbackPlan): string {
  if (database === null || database === undefined) return 'stays as it is';
  const { name, currentBytes, restoreBytes } = database;
  const of = known(restoreBytes, (size) => `one of ${bytes(size)}`) ?? 'that of the snapshot';
  return [name, known(currentBytes, bytes), `is replaced by ${of}`].filter(Boolean).join(', ');
}

function sessionsOf({ database }: RollbackPlan): string | undefined {
  const sessions = database?.sessions ?? [];
  if (sessions.length === 0) return undefined;
  const told = sessions
    .slice(0, SHOWN)
    .map(({ application, user, count }) => `${count} of ${application || 'no name'} (${user})`);
  const more = sessions.length > SHOWN ? `, and ${sessions.length - SHOWN} more` : '';
  return `${told.join(', ')}${more}: these are ended`;
}

function filestoreOf({ filestore }: RollbackPlan): string {
  if (filestore === null || filestore === undefined) return 'stays as it is';
  const { path, restoreBytes, restoreFiles, requiredBytes, freeBytes } = filestore;
  const files = known(restoreFiles, (count) => counted(count, 'file')) ?? 'files';
  const size = known(restoreBytes, (count) => ` with ${bytes(count)}`) ?? '';
  const room = [known(requiredBytes, bytes), known(freeBytes, (count) => `of ${bytes(count)} free`)].filter(Boolean);
  return `${path} is replaced by ${files}${size}${room.length === 0 ? '' : `; needs ${room.join(' ')}`}`;
}

function change({ property, setting, role, from, to, shown }: DatabaseChange): string {
  const what = `${setting ?? property}${known(role, (name) => ` of ${name}`) ?? ''}`;
  return shown ? `${what}: ${from ?? 'unset'} → ${to ?? 'unset'}` : `${what}: its values are not shown`;
}
