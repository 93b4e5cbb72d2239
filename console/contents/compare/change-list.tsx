import { useInfiniteQuery } from '@tanstack/react-query';
import {
  snapshotDefinitionChangeListInfiniteOptions,
  snapshotFileChangeListInfiniteOptions,
  snapshotTableChangeListInfiniteOptions,
} from '../../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { SnapshotComparison } from '../../../sdk/typescript/index.js';
import type { Where } from '../../snapshot/naming.js';
import { Empty } from '../../ui/empty.js';
import { FoundList } from '../found-list.js';
import { differing, type Part } from './counts.js';
import { DefinitionChanges } from './definition-changes.js';
import { FileChanges } from './file-changes.js';
import { askedOf, pagesOf, type Sides } from './sides.js';
import { TableChanges } from './table-changes.js';

interface ChangesProps {
  sides: Sides;
  counted: SnapshotComparison;
  where: Where;
}

/** What of one part is not the same in both. */
export function ChangeList({ part, ...props }: ChangesProps & { part: Part }) {
  if (part === 'files') return <Files {...props} />;
  return part === 'tables' ? <Tables {...props} /> : <Definitions {...props} />;
}

function Definitions({ sides, counted, where }: ChangesProps) {
  const found = useInfiniteQuery({
    ...snapshotDefinitionChangeListInfiniteOptions(askedOf(sides)),
    ...pagesOf(sides),
    enabled: counted.definitions !== null,
  });
  if (counted.definitions === null)
    return (
      <Empty title="Definitions cannot be compared">
        One of the two snapshots is from before they were captured in a form that can be.
      </Empty>
    );
  return (
    <FoundList
      found={found}
      words={['definition', 'definitions']}
      damaged={DAMAGED}
      where={where}
      empty={<Empty title="No definition has changed" />}
    >
      {(changes, onEnd) => <DefinitionChanges changes={changes} onEnd={onEnd} />}
    </FoundList>
  );
}

function Tables({ sides, counted, where }: ChangesProps) {
  const found = useInfiniteQuery({ ...snapshotTableChangeListInfiniteOptions(askedOf(sides)), ...pagesOf(sides) });
  return (
    <FoundList
      found={found}
      words={['table', 'tables']}
      damaged={DAMAGED}
      where={where}
      empty={
        <Empty title="No row has changed">
          {differing(counted.tables) > 0 && 'Some rows lie elsewhere in their tables; they are the same.'}
        </Empty>
      }
    >
      {(changes, onEnd) => <TableChanges changes={changes} onEnd={onEnd} />}
    </FoundList>
  );
}

function Files({ sides, where }: ChangesProps) {
  const found = useInfiniteQuery({ ...snapshotFileChangeListInfiniteOptions(askedOf(sides)), ...pagesOf(sides) });
  return (
    <FoundList
      found={found}
      words={['file', 'files']}
      damaged={DAMAGED}
      where={where}
      empty={<Empty title="No file has changed" />}
    >
      {(changes, onEnd) => <FileChanges changes={changes} onEnd={onEnd} sides={sides} zone={where.zone} />}
    </FoundList>
  );
}

const DAMAGED = 'One of the two snapshots is damaged';
