import { Link } from '@tanstack/react-router';
import type { Deployment } from '../../../sdk/typescript/index.js';
import { bytes, count } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { Facts, type Fact } from '../../ui/facts.js';
import { linkLook } from '../../ui/link.js';
import { Moment, useNow } from '../../ui/moment.js';
import { takenAt } from '../choice/taken-by.js';
import type { Planned } from './plan-answer.js';
import { TimeSince } from './time-since.js';
import { useSince, type Since } from './use-since.js';

const SHOWN = 5;

/** What goes out of the environment and what comes back into it. */
export function WhatChanges({ planned, zone }: { planned: Planned; zone: string }) {
  const { source, target, snapshot, plan } = planned;
  const now = useNow();
  const taken = takenAt(snapshot);
  const { deployments, snapshots } = useSince(target.id, snapshot);
  const isSame = source.id === target.id;
  const facts: (Fact | false)[] = [
    ['Goes', isSame ? <SinceTaken key="goes" at={taken} zone={zone} /> : `all that ${target.name} has now`],
    isSame &&
      deployments !== undefined && [
        'Deployments since',
        <DeploymentsSince key="deployments" of={deployments} zone={zone} />,
      ],
    isSame && snapshots !== undefined && ['Snapshots since', snapshotsSince(snapshots)],
    [
      'How',
      plan.standby
        ? 'the standby is swapped in: nothing has to be rebuilt'
        : 'rebuilt beside the live state, which is up all the while',
    ],
    ['Comes back', <ComesBack key="back" planned={planned} />],
    !isSame && ['Data', dataOf(planned)],
    plan.filestore !== null && [
      'Room on the disk',
      `${bytes(plan.filestore.requiredBytes)} needed, ${bytes(plan.filestore.freeBytes)} free`,
    ],
  ];
  return (
    <Card title="What goes and what comes back">
      {isSame && (
        <TimeSince from={Date.parse(taken)} now={now} deployments={deployments?.items} snapshots={snapshots?.items} />
      )}
      <Facts of={facts} />
    </Card>
  );
}

function SinceTaken({ at, zone }: { at: string; zone: string }) {
  return (
    <>
      what was written since <Moment at={at} zone={zone} />
    </>
  );
}

function ComesBack({ planned }: { planned: Planned }) {
  return (
    <span className="flex flex-col">
      <span>{databaseOf(planned)}</span>
      <span>{filestoreOf(planned)}</span>
    </span>
  );
}

function DeploymentsSince({ of: { items, isMore }, zone }: { of: Since<Deployment>; zone: string }) {
  if (items.length === 0) return 'none';
  return (
    <ul>
      {items.slice(0, SHOWN).map(({ id, kind, version, createdAt, status }) => (
        <li key={id}>
          {kind === 'rollback' ? (
            <Link to="/rollbacks/$deploymentId" params={{ deploymentId: id }} className={linkLook}>
              a rollback
            </Link>
          ) : (
            (version ?? 'one without a version')
          )}
          {status === 'completed' ? '' : ` (${status})`}, <Moment at={createdAt} zone={zone} />
        </li>
      ))}
      {items.length > SHOWN && <li className="text-soft">{more(items.length - SHOWN, isMore)}</li>}
    </ul>
  );
}

function more(left: number, isMore: boolean): string {
  return isMore ? `and more than ${count(left)} others` : `and ${count(left)} ${left === 1 ? 'other' : 'others'}`;
}

function snapshotsSince({ items, isMore }: Since<unknown>): string {
  if (items.length === 0) return 'none';
  const many = isMore ? `more than ${count(items.length)}` : count(items.length);
  return `${many}; ${items.length === 1 && !isMore ? 'it stays, and is a way' : 'they stay, and are ways'} forward again`;
}

function databaseOf({ snapshot, plan: { database } }: Planned): string {
  if (database === null)
    return snapshot.databaseBytes === null
      ? 'no database: the present one stays'
      : `the database, ${bytes(snapshot.databaseBytes)}`;
  return `the database ${database.name}: ${bytes(database.restoreBytes)} in place of ${bytes(database.currentBytes)}`;
}

function filestoreOf({ snapshot, plan: { filestore } }: Planned): string {
  if (filestore === null)
    return snapshot.filestoreBytes === null
      ? 'no files: the present ones stay'
      : `the filestore, ${bytes(snapshot.filestoreBytes)}`;
  const { path, restoreFiles, restoreBytes } = filestore;
  return `the filestore ${path}: ${count(restoreFiles)} ${restoreFiles === 1 ? 'file' : 'files'}, ${bytes(restoreBytes)}`;
}

function neutralizedBy({ name, neutralizeSql, neutralizePaths }: Planned['target']): string {
  const rules = neutralizePaths ?? [];
  const changed = [
    ...(neutralizeSql === null ? [] : [`the neutralizeSql of ${name} is run on it before anybody can connect`]),
    ...(neutralizePaths === null
      ? []
      : [rules.length === 0 ? 'files stay as they are' : `files are changed as the neutralizePaths of ${name} say`]),
  ];
  return changed.join('; ');
}

/** Said plainly: whether what people have entrusted to production goes elsewhere as it is. */
function dataOf({ source, target, plan: { neutralize } }: Planned): string {
  if (neutralize) return `neutralised: ${neutralizedBy(target)}`;
  const as = 'not neutralised: it is used as it was captured';
  if (source.type !== 'production') return `${as}; it is not from production`;
  if (target.type === 'production') return `${as}; ${target.name} is of type production, too`;
  return target.allowUnneutralized ? `${as}, from production; the settings of ${target.name} allow it` : as;
}
