import { Link } from '@tanstack/react-router';
import { linkLook } from '../ui/link.js';
import type { Where } from './naming.js';

export function SnapshotPath({ where }: { where: Where }) {
  const { projectId, environmentId, projectName, environmentName, environmentType } = where;
  return (
    <>
      <Link to="/" search={{ project: projectId }} className={linkLook}>
        <bdi>{projectName}</bdi>
      </Link>{' '}
      /{' '}
      <Link
        to="/projects/$projectId/environments/$environmentId"
        params={{ projectId, environmentId }}
        className={linkLook}
      >
        <bdi>{environmentName}</bdi>
      </Link>
      {environmentType !== undefined && environmentType !== environmentName && ` (${environmentType})`} / snapshot
    </>
  );
}
