import type { DefinitionChange } from '../../../sdk/typescript/index.js';
import { DataTable, type Column } from '../../ui/data-table.js';
import { ExactName } from '../../ui/exact-name.js';
import { Opening } from '../../ui/opening.js';
import { useOpened } from '../../ui/use-opened.js';
import { ChangeMark } from './change-mark.js';
import { Diff } from './diff.js';

/** So few are open from the start: what they say is what one came for. */
const FEW = 5;

interface DefinitionChangesProps {
  changes: DefinitionChange[];
  onEnd: (() => void) | undefined;
}

/** Objects of the database; each opens to what was made of it. */
export function DefinitionChanges({ changes, onEnd }: DefinitionChangesProps) {
  const { isOpen, turn } = useOpened<string>();
  const areFew = changes.length <= FEW && onEnd === undefined;
  const opened = { isOpen: (key: string) => isOpen(key) !== areFew, turn };
  return (
    <DataTable
      label="Definitions"
      columns={columnsOf(opened)}
      rows={changes}
      keyOf={keyOf}
      onEnd={onEnd}
      detail={openedOf(opened)}
    />
  );
}

const keyOf = ({ kind, name, change }: DefinitionChange) => JSON.stringify([kind, name, change]);

type Opened = ReturnType<typeof useOpened<string>>;

const openedOf =
  ({ isOpen }: Opened) =>
  (change: DefinitionChange) =>
    isOpen(keyOf(change)) && change.diff !== '' ? (
      <Diff of={change.diff} label={`What has changed of the ${change.kind}`} />
    ) : undefined;

function columnsOf({ isOpen, turn }: Opened): Column<DefinitionChange>[] {
  return [
    {
      name: 'Object',
      width: 'minmax(14rem, 3fr)',
      cell: (change) => (
        <Opening isOpen={isOpen(keyOf(change))} turn={() => turn(keyOf(change))}>
          <span className="font-medium">
            <ExactName name={change.name} />
          </span>
        </Opening>
      ),
    },
    { name: 'Kind', width: 'minmax(7rem, 1fr)', cell: ({ kind }) => <span className="text-soft">{kind}</span> },
    { name: 'Change', width: '7rem', cell: ({ change }) => <ChangeMark of={change} /> },
  ];
}
