import { useQuery } from '@tanstack/react-query';
import { retentionPlanOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { client } from '../api/snapback.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Moment } from '../ui/moment.js';

/** Which snapshots a person agrees to lose, and why each: as the plan of retention has them now, the oldest first. */
export function WhatGoes({ environmentId }: { environmentId: string }) {
  const { data, error } = useQuery(retentionPlanOptions({ client, path: { environmentId }, query: { limit: 1 } }));
  if (error !== null) return <Failed error={error} />;
  if (data === undefined) return <Loading what="what would be deleted" rows={2} />;
  if (data.nextDeletions.length === 0) return <p className="text-sm text-soft">By now it would delete nothing.</p>;
  return (
    <section aria-label="What would be deleted" className="text-sm">
      <h3 className="text-sm">What would be deleted, the oldest first</h3>
      {/* A box that scrolls is reached by the keyboard, too. */}
      <ul tabIndex={0} aria-label="Snapshots" className="mt-1 max-h-48 overflow-y-auto rounded-small border">
        {data.nextDeletions.map(({ snapshotId, createdAt, reasons }) => (
          <li key={snapshotId} className="flex flex-wrap justify-between gap-x-4 border-b px-3 py-1.5 last:border-b-0">
            <Moment at={createdAt} />
            <span className="text-soft">{reasons.join('; ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
