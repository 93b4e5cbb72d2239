import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { accessViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { CallerAccess } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';

export type Permission = CallerAccess['permissions'][number];

/** Who is signed in and what they may do, as the service says; undefined until it has. */
export function useAccess(): CallerAccess | undefined {
  return useQuery({ ...accessViewOptions({ client }), staleTime: 60_000 }).data;
}

/** Whether something may be asked for. Nothing is asked in vain: what is refused is in the audit. */
export function useMay(permission: Permission): boolean {
  return useAccess()?.permissions.includes(permission) === true;
}

/**
 * Why something is not offered: undefined when the person may. It is a courtesy; what a token does not allow, the service refuses anyway.
 *
 * @example const whyNot = useWhyNot(); <Button reason={whyNot('snapshots:write')}>Take a snapshot</Button>
 */
export function useWhyNot(): (permission: Permission) => string | undefined {
  const permissions = useAccess()?.permissions;
  return useCallback(
    (permission: Permission) =>
      permissions === undefined || permissions.includes(permission)
        ? undefined
        : `This needs the permission ${permission}, which your token does not have.`,
    [permissions],
  );
}
