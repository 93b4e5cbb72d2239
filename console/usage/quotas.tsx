import { useQuery } from '@tanstack/react-query';
import { quotaViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Quota } from '../../sdk/typescript/index.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { bytes, count } from '../ui/amounts.js';
import { Card } from '../ui/card.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { SOFT } from '../ui/tone.js';

const NAMES: Record<Quota['name'], string> = {
  environments: 'Environments',
  snapshots: 'Snapshots',
  storedBytes: 'Stored in the vault',
  runningJobs: 'Running at a time',
  waitingJobs: 'Waiting',
};

/** From here on the operator is alerted, too. */
const NEAR = 0.9;
const BUSY: ReadonlySet<Quota['name']> = new Set(['runningJobs', 'waitingJobs']);

/** @param enabled whether the person may see them */
export function useQuotas(enabled = true) {
  return useQuery({ ...quotaViewOptions({ client }), refetchInterval: LIST_REFRESH_MS, enabled });
}

/** How much of a limit is used, from 0 to 1; jobs that wait for their turn are as it should be, and none of it. */
function shareOf({ name, limit, used }: Quota): number {
  if (limit === null || BUSY.has(name)) return 0;
  return limit === 0 ? 1 : Math.min(1, used / limit);
}

/** What is near its limit, or there, in a sentence; undefined when nothing is. */
export function nearLimits(quotas: readonly Quota[]): string | undefined {
  const near = quotas.filter((quota) => shareOf(quota) >= NEAR);
  if (near.length === 0) return undefined;
  const told = near.map(
    ({ name, reached }) => `${NAMES[name].toLowerCase()} ${reached ? 'reached' : 'nearly reached'}`,
  );
  return `Limits: ${told.join(', ')}.`;
}

/** What the organization has of what it may have. */
export function Quotas() {
  const { data, error, refetch } = useQuotas();
  return (
    <Card
      title="What you may have"
      aside={<Equivalents of={{ command: 'snapback quota', method: 'GET', path: '/quota' }} />}
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="the quotas" rows={3} />}
      {data !== undefined && (
        <ul className="grid gap-x-8 gap-y-5 sm:grid-cols-2 lg:grid-cols-3">
          {data.quotas.map((quota) => (
            <li key={quota.name}>
              <QuotaBar quota={quota} />
            </li>
          ))}
        </ul>
      )}
      <p className="mt-4 text-sm text-soft">
        All projects of the organization together. Rollbacks are never refused for a quota. The operator of the service
        sets the limits.
      </p>
    </Card>
  );
}

function QuotaBar({ quota }: { quota: Quota }) {
  const { name, limit, source, used, reached } = quota;
  const amount = name === 'storedBytes' ? bytes : count;
  const isNear = shareOf(quota) >= NEAR;
  const width = limit === null || limit === 0 ? 100 : Math.min(100, (used / limit) * 100);
  const [bar, text] =
    reached && !BUSY.has(name) ? ['bg-bad', 'text-bad'] : isNear ? ['bg-warn', 'text-warn'] : ['bg-accent', ''];
  const allowed = limit === null ? 'no limit' : `of ${amount(limit)}`;
  return (
    <div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span className="font-medium">{NAMES[name]}</span>
        <span className={`numbers ${text}`}>
          {amount(used)} <span className="text-soft">{allowed}</span>
        </span>
      </div>
      {limit !== null && (
        <div
          role="meter"
          aria-label={NAMES[name]}
          aria-valuemin={0}
          aria-valuemax={limit}
          aria-valuenow={Math.min(used, limit)}
          aria-valuetext={`${amount(used)} ${allowed}`}
          className="mt-1.5 h-2 overflow-hidden rounded-full bg-sunken"
        >
          <div className={`h-full rounded-full ${bar}`} style={{ width: `${width}%` }} />
        </div>
      )}
      {reached && !BUSY.has(name) && (
        <p className={`mt-1.5 rounded-small px-2 py-1 text-xs ${SOFT.bad}`}>
          {used > (limit ?? used) ? 'Over the limit: ' : 'Reached: '}nothing new until there is less.
        </p>
      )}
      {!reached && isNear && <p className={`mt-1.5 rounded-small px-2 py-1 text-xs ${SOFT.warn}`}>Nearly reached.</p>}
      {source === 'organization' && <p className="mt-1 text-xs text-soft">Set for this organization.</p>}
    </div>
  );
}
