import { Link } from '@tanstack/react-router';
import { linkLook } from '../ui/link.js';
import type { Where } from './naming.js';

/** What is above a page is not where one is. */
const EXACT = { exact: true };

interface SnapshotPathProps {
  where: Where;
  /** What of a snapshot the page is about. */
  below?: { snapshotId: string; name: string; what: string };
}

export function SnapshotPath({ where, below }: SnapshotPathProps) {
  const { projectId, environmentId, projectName, environmentName, environmentType } = where;
  return (
    <>
      <Link to="/" search={{ project: projectId }} activeOptions={EXACT} className={linkLook}>
        <bdi>{projectName}</bdi>
      </Link>{' '}
      /{' '}
      <Link
        to="/projects/$projectId/environments/$environmentId"
        params={{ projectId, environmentId }}
        activeOptions={EXACT}
        className={linkLook}
      >
        <bdi>{environmentName}</bdi>
      </Link>
      {environmentType !== undefined && environmentType !== environmentName && ` (${environmentType})`} /{' '}
      {below === undefined ? (
        'snapshot'
      ) : (
        <>
          <Link
            to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
            params={{ projectId, environmentId, snapshotId: below.snapshotId }}
            activeOptions={EXACT}
            className={linkLook}
          >
            <bdi>{below.name}</bdi>
          </Link>{' '}
          / {below.what}
        </>
      )}
    </>
  );
}
