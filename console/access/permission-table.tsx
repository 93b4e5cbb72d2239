import { Check, Minus } from 'lucide-react';
import type { Permission } from '../session/use-access.js';
import { Badge } from '../ui/badge.js';
import { ALL_PERMISSIONS, BUNDLES, PERMISSION_WORDS } from './permission-words.js';

/** Each permission in words, whether this token has it, and which bundles hold it. */
export function PermissionTable({ permissions }: { permissions: readonly Permission[] }) {
  return (
    <table className="w-full text-left text-sm">
      <caption className="sr-only">What permissions allow, and which of them you have</caption>
      <thead className="text-xs text-soft">
        <tr className="border-b">
          <th scope="col" className="px-4 py-2 font-medium">
            Permission
          </th>
          <th scope="col" className="px-2 py-2 font-medium">
            You
          </th>
          {BUNDLES.map(({ name }) => (
            <th key={name} scope="col" className="px-2 py-2 text-center font-medium last:pr-4 max-sm:hidden">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ALL_PERMISSIONS.map((permission) => {
          const allows = PERMISSION_WORDS[permission];
          const has = permissions.includes(permission);
          return (
            <tr key={permission} className="border-b last:border-b-0">
              <th scope="row" className="px-4 py-2 font-normal">
                <span className={`block ${has ? '' : 'text-soft'}`}>{allows}</span>
                <code className="font-mono text-xs text-soft">{permission}</code>
              </th>
              <td className="px-2 py-2">
                <Badge tone={has ? 'good' : 'plain'}>{has ? 'yes' : 'no'}</Badge>
              </td>
              {BUNDLES.map(({ name, holds }) => (
                <td key={name} className="px-2 py-2 text-center last:pr-4 max-sm:hidden">
                  <Held isHeld={holds.includes(permission)} />
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Held({ isHeld }: { isHeld: boolean }) {
  const Icon = isHeld ? Check : Minus;
  return (
    <>
      <Icon aria-hidden className={`inline size-4 ${isHeld ? 'text-ink' : 'text-edge'}`} />
      <span className="sr-only">{isHeld ? 'yes' : 'no'}</span>
    </>
  );
}
