import { Link } from '@tanstack/react-router';
import type { Operation } from '../../sdk/typescript/index.js';
import { linkLook } from '../ui/link.js';
import { OPERATION_KIND } from '../ui/words.js';
import type { KnownEnvironments } from './known-environments.js';

/** What an operation is and of which environment, each with the way to its page. */
export function AboutOperation({ of, known }: { of: Operation; known: KnownEnvironments }) {
  return (
    <span className="wrap-anywhere">
      <span className="font-medium">
        <Subject of={of} />
      </span>
      <Whose of={of} known={known} />
    </span>
  );
}

function Subject({ of: { kind, projectId, environmentId, snapshotId, deploymentId } }: { of: Operation }) {
  const { text } = OPERATION_KIND[kind];
  if (kind === 'rollback' && deploymentId !== null)
    return (
      <Link to="/rollbacks/$deploymentId" params={{ deploymentId }} className={linkLook}>
        {text}
      </Link>
    );
  const isOfSnapshot = ['snapshot', 'verification', 'item-restore', 'export'].includes(kind);
  if (!isOfSnapshot || projectId === null || environmentId === null || snapshotId === null) return text;
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
      params={{ projectId, environmentId, snapshotId }}
      className={linkLook}
    >
      {text}
    </Link>
  );
}

function Whose({ of: { environmentId, projectId }, known }: { of: Operation; known: KnownEnvironments }) {
  const environment = environmentId === null ? undefined : known.get(environmentId);
  if (environment !== undefined)
    return (
      <>
        {' of '}
        <Link
          to="/projects/$projectId/environments/$environmentId"
          params={{ projectId: environment.projectId, environmentId: environment.environmentId }}
          className={linkLook}
        >
          {environment.projectName} / {environment.environmentName}
        </Link>
      </>
    );
  if (environmentId !== null) return ` of the environment ${environmentId.slice(0, 8)}`;
  const inProject = projectId === null ? undefined : [...known.values()].find((one) => one.projectId === projectId);
  return inProject === undefined ? null : ` of ${inProject.projectName}`;
}
