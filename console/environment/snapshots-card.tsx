import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { present } from '../address/present.js';
import { count } from '../ui/amounts.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { DataTable } from '../ui/data-table.js';
import { Empty } from '../ui/empty.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Select } from '../ui/select.js';
import { RESTORABILITY, SNAPSHOT_STATUS, TRIGGER } from '../ui/words.js';
import { snapshotColumns } from './snapshot-columns.js';
import { useZone } from './use-environment.js';
import { useHistory, type SnapshotFilters } from './use-history.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId');

interface Ids {
  projectId: string;
  environmentId: string;
}

/** All snapshots, narrowed down by what stands in the address: it can be sent to somebody. */
export function SnapshotsCard({ projectId, environmentId }: Ids) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo(() => filtersOf(search), [search]);
  const zone = useZone(environmentId);
  const history = useHistory(environmentId, filters);
  const { snapshots, total, isLowerBound, loadOlder, isLoading, error, again } = history;
  const columns = useMemo(() => snapshotColumns({ projectId, environmentId, zone }), [projectId, environmentId, zone]);
  const isFiltered = Object.keys(filters).length > 0;
  const choose = (name: keyof Search) => (value: string) =>
    void navigate({ search: (before) => present({ ...before, [name]: value }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: {}, replace: true, resetScroll: false });
  return (
    <Card
      title="Snapshots"
      flush
      aside={
        snapshots && (
          <span className="numbers text-sm text-soft">
            {isLowerBound && 'more than '}
            {count(total)} {isFiltered && 'found'}
          </span>
        )
      }
    >
      <div className="grid grid-cols-2 gap-3 px-4 pb-4 md:grid-cols-4">
        {FILTERS.map(({ name, label, choices }) => (
          <Select key={name} label={label} value={search[name] ?? ''} choices={choices} onChoose={choose(name)} />
        ))}
      </div>
      {error !== null && (
        <div className="px-4 pb-4">
          <Failed error={error} again={again} />
        </div>
      )}
      {snapshots === undefined && error === null && (
        <div className="px-4 pb-4">
          <Loading what="the snapshots" rows={5} />
        </div>
      )}
      {snapshots?.length === 0 && (
        <div className="px-4 pb-4">
          {isFiltered ? (
            <Empty title="No snapshot is like that">
              <Button size="small" onClick={clear}>
                Show all snapshots
              </Button>
            </Empty>
          ) : (
            <Empty title="There is no snapshot yet">Take the first one, or let a schedule do it: see Settings.</Empty>
          )}
        </div>
      )}
      {snapshots !== undefined && snapshots.length > 0 && (
        <DataTable
          boxed="tall"
          label="Snapshots"
          columns={columns}
          rows={snapshots}
          total={total}
          keyOf={({ id }) => id}
          onEnd={loadOlder}
        />
      )}
      {loadOlder !== undefined && snapshots !== undefined && (
        <div className="border-t px-4 py-2 text-sm text-soft">
          <Button size="small" look="quiet" busy={isLoading} onClick={loadOlder}>
            {isLoading ? 'Loading more…' : `Load more: ${count(snapshots.length)} are here`}
          </Button>
        </div>
      )}
    </Card>
  );
}

type Search = ReturnType<typeof route.useSearch>;

const anyOf = (label: string) => ({ value: '', label });
const wordsOf = (words: Record<string, { text: string } | string>) =>
  Object.entries(words).map(([value, word]) => ({ value, label: typeof word === 'string' ? word : word.text }));

const FILTERS = [
  { name: 'status', label: 'Status', choices: [anyOf('any'), ...wordsOf(SNAPSHOT_STATUS)] },
  { name: 'trigger', label: 'Trigger', choices: [anyOf('any'), ...wordsOf(TRIGGER)] },
  { name: 'restorability', label: 'Restorability', choices: [anyOf('any'), ...wordsOf(RESTORABILITY)] },
  {
    name: 'pinned',
    label: 'Pinned',
    choices: [anyOf('any'), { value: 'yes', label: 'pinned' }, { value: 'no', label: 'not pinned' }],
  },
] as const;

function has<T extends object>(words: T, value: string | undefined): value is string & keyof T {
  return value !== undefined && Object.hasOwn(words, value);
}

/** What an address says and no filter knows is passed over. */
function filtersOf({ status, trigger, restorability, pinned }: Search): SnapshotFilters {
  return {
    ...(has(SNAPSHOT_STATUS, status) && { status }),
    ...(has(TRIGGER, trigger) && { trigger }),
    ...(has(RESTORABILITY, restorability) && { restorability }),
    ...((pinned === 'yes' || pinned === 'no') && { pinned: pinned === 'yes' }),
  };
}
