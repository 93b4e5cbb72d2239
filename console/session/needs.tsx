import type { ReactNode } from 'react';
import { Empty } from '../ui/empty.js';
import { Loading } from '../ui/loading.js';
import { useAccess, type Permission } from './use-access.js';

/** A part of a page that a permission opens. Without it nothing is asked of the service in vain (which would be in the audit), and it is said why. */
export function Needs({ permission, children }: { permission: Permission; children: ReactNode }) {
  const access = useAccess();
  if (access === undefined) return <Loading what="what you may see" />;
  if (access.permissions.includes(permission)) return children;
  return (
    <Empty title="Your token does not show you this">
      It needs the permission <code className="font-mono text-[0.9em]">{permission}</code>. Who makes tokens for you can
      add it; Access says what yours allows.
    </Empty>
  );
}
