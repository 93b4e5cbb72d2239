import { Link, useNavigate } from '@tanstack/react-router';
import { useId } from 'react';
import type { OperationKind, OperationState } from '../../sdk/typescript/index.js';
import { count } from '../ui/amounts.js';
import { Equivalents } from '../ui/equivalents.js';
import { inputLook } from '../ui/field.js';
import { OPERATION_KIND, OPERATION_STATE } from '../ui/words.js';

export type StateCounts = Record<OperationState, number>;

interface OperationFiltersProps {
  state: OperationState | undefined;
  kind: OperationKind | undefined;
  counts: StateCounts | undefined;
}

const STATES: readonly OperationState[] = ['attention', 'running', 'waiting', 'queued'];

/** In the address, so that what somebody looks at can be sent to somebody else. */
export function OperationFilters({ state, kind, counts }: OperationFiltersProps) {
  const navigate = useNavigate();
  const id = useId();
  const ofKind = kind === undefined ? {} : { kind };
  const tab = (of: OperationState | undefined, text: string) => (
    <Link
      key={text}
      to="/operations"
      search={{ ...ofKind, ...(of !== undefined && { state: of }) }}
      aria-current={state === of ? 'true' : undefined}
      className={`inline-flex min-h-9 items-center gap-2 rounded-full border px-3 text-sm ${state === of ? 'border-accent bg-accent-soft font-medium text-accent' : 'bg-surface text-soft hover:text-ink'}`}
    >
      {text}
      {of !== undefined && counts !== undefined && <span className="numbers">{count(counts[of])}</span>}
    </Link>
  );
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <nav aria-label="State" className="flex flex-wrap gap-2">
        {tab(undefined, 'All')}
        {STATES.map((of) => tab(of, OPERATION_STATE[of].text))}
      </nav>
      <div className="flex items-center gap-2">
        <label htmlFor={id} className="text-sm text-soft">
          Kind
        </label>
        <select
          id={id}
          value={kind ?? ''}
          onChange={({ target }) =>
            void navigate({
              to: '/operations',
              search: { ...(state !== undefined && { state }), ...(target.value !== '' && { kind: target.value }) },
            })
          }
          className={`${inputLook} max-w-52`}
        >
          <option value="">All kinds</option>
          {Object.entries(OPERATION_KIND).map(([value, { text }]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <Equivalents
          of={{
            command: `snapback operations list${state === undefined ? '' : ` --state ${state}`}`,
            method: 'GET',
            path: `/operations${state === undefined ? '' : `?state=${state}`}`,
          }}
        />
      </div>
    </div>
  );
}
