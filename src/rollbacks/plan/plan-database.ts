import type { Finding, SessionGroup } from '../../contract/generated/types.gen.js';
import type { DatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import type { DatabaseSide } from './rollback-facts.js';

/** How many groups of sessions a plan shows. */
const MOST_GROUPS = 100;
/** What every tool expects to be there. */
const MAINTENANCE = 'postgres';
/** How poolers call themselves when they connect. */
const POOLER = /pgbouncer|pgcat|odyssey|pgpool|supavisor/i;
/** PostgreSQL's mark of a database whose DROP was interrupted. */
const DROP_INTERRUPTED = -2;

/** Why the live database cannot be swapped. Each is something a person can change. */
export function databaseRefusals(side: DatabaseSide, snapshotVersion: string | null): Finding[] {
  const { facts, isOwn, isShared, sharedWith } = side;
  const other = sharedWith === undefined ? 'another environment' : `the environment ${sharedWith}`;
  const name = `The database ${facts.name}`;
  const stuck = facts.sessions.filter(({ canBeEnded }) => !canBeEnded).length;
  const captured = snapshotVersion === null ? null : Number.parseInt(snapshotVersion, 10);
  const rules: [boolean, string, string][] = [
    [isOwn, 'own-database', `${name} is the one Snapback keeps its own state in.`],
    [isShared, 'database-shared', `${name} belongs to ${other} too; register it once.`],
    [facts.isTemplate, 'template-database', `${name} is a template database.`],
    [
      facts.name === MAINTENANCE,
      'maintenance-database',
      `${name} is the one from which others are renamed; keep the environment's data in a database of its own.`,
    ],
    [facts.isReplica, 'replica-server', 'The server is a replica and accepts no changes; register its primary.'],
    [
      facts.connectionLimit === DROP_INTERRUPTED,
      'database-being-dropped',
      `${name} was being dropped when that was interrupted; it can only be dropped.`,
    ],
    [
      !facts.allowConnections,
      'database-closed',
      `${name} allows no connections; open it with ALTER DATABASE … ALLOW_CONNECTIONS true.`,
    ],
    [
      facts.maintenanceDatabase === null,
      'no-maintenance-database',
      'The role can connect to no other database of the server, from which this one could be renamed; let it connect to postgres.',
    ],
    [!facts.roleMayCreateDatabase, 'createdb-missing', 'The role may not create databases; give it CREATEDB.'],
    [
      !facts.roleIsMemberOfOwner,
      'owner-membership-missing',
      `The role may not act as the owner of the database, ${facts.owner}; make it a member.`,
    ],
    [
      !facts.roleMayUseTablespace,
      'tablespace-privilege-missing',
      `The role may not create in the tablespace ${facts.tablespace}; grant it CREATE there.`,
    ],
    [
      facts.preparedTransactions > 0,
      'prepared-transactions',
      `${name} has ${facts.preparedTransactions} prepared transactions; commit them or roll them back first.`,
    ],
    [
      facts.replicationSlots.length > 0,
      'replication-slots',
      `${name} has replication slots (${facts.replicationSlots.join(', ')}); drop them first.`,
    ],
    [
      facts.subscriptions.length > 0,
      'subscriptions',
      `${name} has subscriptions (${facts.subscriptions.join(', ')}); drop them first.`,
    ],
    [
      stuck > 0,
      'sessions-cannot-be-ended',
      `${stuck} sessions belong to superusers or roles whose sessions this role may not end; close them first.`,
    ],
    [
      captured !== null && captured > facts.major,
      'server-too-old',
      `The snapshot comes from PostgreSQL ${snapshotVersion}, the server is ${facts.serverVersion}; upgrade it first.`,
    ],
  ];
  return rules.filter(([holds]) => holds).map(([, code, message]) => ({ code, message }));
}

export function databaseWarnings({ facts, isIdentified }: DatabaseSide, hasBeforeHook: boolean): Finding[] {
  const warnings: Finding[] = [];
  if (!isIdentified) {
    warnings.push({
      code: 'server-not-identified',
      message: `The server does not say which one it is (the role may not run pg_control_system()), so that whether another environment has the database "${facts.name}" under another name is known only as long as the server runs on.`,
    });
  }
  if (facts.replicas.length > 0) {
    const names = facts.replicas.map(({ applicationName }) => applicationName || 'unnamed').join(', ');
    warnings.push({
      code: 'replicas',
      message: `Sessions on replicas (${names}) read the old state until the change reaches them.`,
    });
  }
  const pooler = facts.sessions.find(({ applicationName }) => POOLER.test(applicationName));
  if (pooler !== undefined && !hasBeforeHook) {
    warnings.push({
      code: 'pooler-without-hooks',
      message: `A connection pooler (${pooler.applicationName}) is connected, and may turn the swap into a longer outage; give the environment hooks that pause and resume it.`,
    });
  }
  if (facts.accessRulesByName.length > 0) {
    warnings.push({
      code: 'access-rules-by-name',
      message: `Lines of pg_hba.conf name the database (${facts.accessRulesByName.join(', ')}); see that the role may also connect to databases whose names begin with snapback_.`,
    });
  }
  return warnings;
}

/** The sessions that would be ended, by application and user, largest group first. */
export function groupSessions(sessions: DatabaseFacts['sessions']): SessionGroup[] {
  const groups = new Map<string, SessionGroup>();
  for (const { applicationName, user, since } of sessions) {
    const key = JSON.stringify([applicationName, user]);
    const group = groups.get(key) ?? { application: applicationName, user: user ?? '', count: 0, since: null };
    const started = since?.toISOString() ?? null;
    group.count += 1;
    if (started !== null && (group.since === null || started < group.since)) group.since = started;
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count).slice(0, MOST_GROUPS);
}
