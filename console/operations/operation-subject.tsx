import { Link } from '@tanstack/react-router';
import type { Operation } from '../../sdk/typescript/index.js';
import type { Names } from '../api/names.js';
import { linkLook } from '../ui/link.js';

const ID_SHOWN = 8;

/** Of whom it is, by their names: its environment or project, its snapshot, its rollback. */
export function OperationSubject({ operation, names }: { operation: Operation; names: Names | undefined }) {
  const { kind, projectId, environmentId, snapshotId, deploymentId } = operation;
  const parts = [
    projectId !== null && (
      <Link key="project" to="/" search={{ project: projectId }} className={linkLook}>
        <bdi>{names?.projects.get(projectId) ?? projectId.slice(0, ID_SHOWN)}</bdi>
      </Link>
    ),
    projectId !== null && environmentId !== null && (
      <Link
        key="environment"
        to="/projects/$projectId/environments/$environmentId"
        params={{ projectId, environmentId }}
        className={linkLook}
      >
        <bdi>{names?.environments.get(environmentId) ?? environmentId.slice(0, ID_SHOWN)}</bdi>
      </Link>
    ),
    // What is being deleted has no page any more.
    projectId !== null && environmentId !== null && snapshotId !== null && kind !== 'snapshot-deletion' && (
      <Link
        key="snapshot"
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
        params={{ projectId, environmentId, snapshotId }}
        className={linkLook}
      >
        snapshot {snapshotId.slice(0, ID_SHOWN)}
      </Link>
    ),
    // The deployment that a snapshot is taken for is no rollback.
    deploymentId !== null && kind !== 'snapshot' && (
      <Link key="rollback" to="/rollbacks/$deploymentId" params={{ deploymentId }} className={linkLook}>
        rollback {deploymentId.slice(0, ID_SHOWN)}
      </Link>
    ),
    kind === 'webhook-delivery' && (
      <Link
        key="webhooks"
        to="/webhooks"
        search={projectId === null ? {} : { project: projectId }}
        className={linkLook}
      >
        webhooks
      </Link>
    ),
  ].filter((part) => part !== false);
  if (parts.length === 0) return <span className="text-soft">The whole service</span>;
  return (
    <span className="flex flex-wrap gap-x-2">
      {parts.flatMap((part, index) =>
        index === 0
          ? [part]
          : [
              <span key={`before ${part.key}`} aria-hidden className="text-soft">
                /
              </span>,
              part,
            ],
      )}
    </span>
  );
}
