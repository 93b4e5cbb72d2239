import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { snapshotTableListInfiniteOptions } from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { present } from '../../address/present.js';
import { byCursorOf, PAGE_LIMIT } from '../../api/pages.js';
import { client } from '../../api/snapback.js';
import { useTakingOut } from '../../items/taking-out.js';
import type { Where } from '../../snapshot/naming.js';
import { bytes } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';
import { FilterText } from '../../ui/filter-text.js';
import { ContentsPage, type SnapshotIds } from '../contents-page.js';
import { belowSnapshot } from '../download/naming.js';
import { FoundList } from '../found-list.js';
import { TableTable } from './table-table.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/tables');

/** What of the database is in a snapshot, and how much of it had to be read? */
export function TablesPage() {
  const ids = route.useParams();
  const search = route.useSearch();
  return (
    <ContentsPage
      ids={ids}
      what="Tables"
      below={belowSnapshot('tables', search)}
      answer={({ databaseBytes, serverVersion }) =>
        `The database had ${bytes(databaseBytes ?? 0)}${serverVersion === null ? '' : ` in PostgreSQL ${serverVersion}`}. Sizes here are those of the rows as text, as they were captured.`
      }
    >
      {(_, where) => <Tables ids={ids} where={where} />}
    </ContentsPage>
  );
}

function Tables({ ids: { environmentId, snapshotId }, where }: { ids: SnapshotIds; where: Where }) {
  const { search } = route.useSearch();
  const navigate = route.useNavigate();
  const takingOut = useTakingOut(snapshotId, where);
  const path = { environmentId, snapshotId };
  const query = { limit: PAGE_LIMIT, ...(search !== undefined && { search }) };
  const found = useInfiniteQuery({
    ...snapshotTableListInfiniteOptions({ client, path, query }),
    ...byCursorOf(path),
    // A snapshot does not change.
    staleTime: Infinity,
  });
  const look = (text: string) =>
    void navigate({ search: present({ search: text }), replace: true, resetScroll: false });
  return (
    <>
      {takingOut.shown}
      <div className="max-w-md">
        <FilterText label="Search in the names" value={search ?? ''} onChange={look} />
      </div>
      <FoundList
        found={found}
        words={['table', 'tables']}
        where={where}
        empty={
          search === undefined ? (
            <Empty title="There are no tables">The database had none when it was captured.</Empty>
          ) : (
            <Empty title="No table is called like that">
              <Button size="small" onClick={() => look('')}>
                Show all tables
              </Button>
            </Empty>
          )
        }
      >
        {(tables, onEnd) => <TableTable tables={tables} zone={where.zone} takingOut={takingOut} onEnd={onEnd} />}
      </FoundList>
    </>
  );
}
