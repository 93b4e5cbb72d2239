import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { quotaViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Quota } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';
import { bytes, count } from '../ui/amounts.js';
import { Notice } from '../ui/notice.js';

/** From this share of a limit on somebody should know. */
const NEAR = 0.9;
const EVERY_MS = 60_000;

const SUBJECT: Partial<Record<Quota['name'], string>> = {
  environments: 'environments',
  snapshots: 'snapshots',
  storedBytes: 'storage',
};

/** Says when the organization is near what it may have; what comes and goes by itself, as jobs do, is not worth a word. */
export function QuotaNotice() {
  const { data } = useQuery({ ...quotaViewOptions({ client }), refetchInterval: EVERY_MS });
  const near = data?.quotas.filter(isNear) ?? [];
  if (near.length === 0) return null;
  const isReached = near.some(({ reached }) => reached);
  return (
    <Notice tone="warn" title={isReached ? 'A limit is reached: what is new is refused' : 'A limit is near'}>
      <p>
        {near.map(said).join(' ')} The operator of the service sets the limits; what is there stays.{' '}
        <Link to="/usage" className="underline underline-offset-2">
          See the usage
        </Link>
      </p>
    </Notice>
  );
}

function isNear({ name, limit, used, reached }: Quota): boolean {
  return name in SUBJECT && limit !== null && (reached || used >= limit * NEAR);
}

function said({ name, limit, used }: Quota): string {
  const amount = name === 'storedBytes' ? bytes : count;
  const subject = SUBJECT[name] ?? name;
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)}: ${amount(used)} of ${amount(limit ?? 0)}.`;
}
