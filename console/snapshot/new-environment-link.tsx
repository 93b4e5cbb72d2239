import { Link } from '@tanstack/react-router';
import type { SnapshotDetails } from '../../sdk/typescript/index.js';
import { useWhyNot } from '../session/use-access.js';
import { Button, buttonLook } from '../ui/button.js';
import type { Where } from './naming.js';

const LABEL = 'New environment from this snapshot…';

/** To the form that says where it will be: nothing happens before that was sent. */
export function NewEnvironmentLink({ snapshot, where }: { snapshot: SnapshotDetails; where: Where }) {
  const whyNot = useWhyNot();
  const { id: snapshotId, restorability } = snapshot;
  const { projectId, environmentId } = where;
  const reason =
    whyNot('environments:write') ??
    whyNot('rollbacks:write') ??
    (restorability?.state === 'refuted' ? 'Nothing is filled from a refuted snapshot.' : undefined);
  if (reason !== undefined) return <Button reason={reason}>{LABEL}</Button>;
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/new-environment"
      params={{ projectId, environmentId, snapshotId }}
      className={buttonLook({})}
    >
      {LABEL}
    </Link>
  );
}
