import { Link } from '@tanstack/react-router';
import { Camera, Filter, RotateCcw, Settings } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { Environment } from '../../sdk/typescript/index.js';
import { useWhyNot } from '../session/use-access.js';
import { Button, buttonLook } from '../ui/button.js';

// With its form: whoever takes no snapshot does not need it.
const TakeSnapshot = lazy(() => import('./take-snapshot.js').then((module) => ({ default: module.TakeSnapshot })));

interface EnvironmentActionsProps {
  environment: Environment;
  projectName: string | undefined;
}

export function EnvironmentActions({ environment, projectName }: EnvironmentActionsProps) {
  const { projectId, id: environmentId } = environment;
  const [isTaking, setTaking] = useState(false);
  const whyNot = useWhyNot();
  const params = { projectId, environmentId };
  return (
    <>
      <Offered reason={whyNot('settings:read')} label="Settings" icon={Settings}>
        <Link to="/projects/$projectId/environments/$environmentId/settings" params={params} className={buttonLook({})}>
          <Settings aria-hidden className="size-4" /> Settings
        </Link>
      </Offered>
      <Offered reason={whyNot('environments:read')} label="Rules" icon={Filter}>
        <Link to="/projects/$projectId/environments/$environmentId/rules" params={params} className={buttonLook({})}>
          <Filter aria-hidden className="size-4" /> Rules
        </Link>
      </Offered>
      <Offered reason={whyNot('rollbacks:read')} label="Roll back…" icon={RotateCcw}>
        <Link to="/projects/$projectId/environments/$environmentId/rollback" params={params} className={buttonLook({})}>
          <RotateCcw aria-hidden className="size-4" /> Roll back…
        </Link>
      </Offered>
      <Button
        look="primary"
        className="max-sm:order-first max-sm:w-full"
        reason={whyNot('snapshots:write')}
        onClick={() => setTaking(true)}
      >
        <Camera aria-hidden className="size-4" /> Take a snapshot
      </Button>
      {isTaking && (
        <Suspense>
          <TakeSnapshot environment={environment} projectName={projectName} onClose={() => setTaking(false)} />
        </Suspense>
      )}
    </>
  );
}

/** A link, or why it leads nowhere. */
function Offered({
  reason,
  label,
  icon: Icon,
  children,
}: {
  reason: string | undefined;
  label: string;
  icon: typeof Settings;
  children: React.ReactElement;
}) {
  if (reason === undefined) return children;
  return (
    <Button reason={reason}>
      <Icon aria-hidden className="size-4" /> {label}
    </Button>
  );
}
