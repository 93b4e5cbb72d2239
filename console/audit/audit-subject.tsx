import { Link } from '@tanstack/react-router';
import type { AuditEntry } from '../../sdk/typescript/index.js';
import { linkLook } from '../ui/link.js';

/** What people know a thing by. */
const TELLING = ['name', 'label', 'version', 'reason', 'url', 'detail'];

/** What it is called, or what was said about it, as far as the entry knows. */
export function tellingOf({ before, after }: AuditEntry): string | undefined {
  const state = { ...before, ...after };
  return TELLING.map((name) => state[name]).find((value): value is string => typeof value === 'string' && value !== '');
}

/** In which environment or project it was: a link as long as that is there. */
export function Place({ of: entry }: { of: AuditEntry }) {
  const { projectId, projectName, environmentId, environmentName } = entry;
  if (projectId === null) return <span className="text-soft">the organization</span>;
  const project = projectName ?? `${projectId.slice(0, 8)} (gone)`;
  if (environmentId === null) return <span>{project}</span>;
  if (projectName === null || environmentName === null)
    return (
      <span className="text-soft">
        {project} / {environmentName ?? `${environmentId.slice(0, 8)} (gone)`}
      </span>
    );
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId"
      params={{ projectId, environmentId }}
      className={linkLook}
    >
      {project} / {environmentName}
    </Link>
  );
}

const GONE_AFTER = new Set(['snapshotDelete', 'snapshot.expire']);

/** The thing itself: a link where it has a page and may be there still. */
export function Subject({ of: entry }: { of: AuditEntry }) {
  const { projectId, environmentId, environmentName, subjectKind, subjectId, operation } = entry;
  if (subjectId === null || subjectKind === null) return null;
  const name = `${subjectKind} ${subjectId.slice(0, 8)}`;
  const isThere = projectId !== null && environmentId !== null && environmentName !== null;
  if (subjectKind === 'snapshot' && isThere && !GONE_AFTER.has(operation))
    return (
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ projectId, environmentId, snapshotId: subjectId }}
        className={linkLook}
      >
        {name}
      </Link>
    );
  if (subjectKind === 'rollback' && isThere)
    return (
      <Link to="/rollbacks/$deploymentId" params={{ deploymentId: subjectId }} className={linkLook}>
        {name}
      </Link>
    );
  if (subjectKind === 'settings' && isThere)
    return (
      <Link
        to="/projects/$projectId/environments/$environmentId/settings"
        params={{ projectId, environmentId }}
        className={linkLook}
      >
        settings
      </Link>
    );
  if (subjectKind === 'webhook' && projectId !== null && operation !== 'webhookDelete')
    return (
      <Link to="/webhooks" search={{ project: projectId, webhook: subjectId }} className={linkLook}>
        {name}
      </Link>
    );
  // What the place says already.
  if (subjectKind === 'environment' || subjectKind === 'project') return null;
  return <span className="text-soft">{name}</span>;
}
