import type { AuditEntry, AuditOutcome } from '../../sdk/typescript/index.js';
import { Badge } from '../ui/badge.js';
import { DataTable, type Column } from '../ui/data-table.js';
import { Moment } from '../ui/moment.js';
import { Opening } from '../ui/opening.js';
import { useOpened } from '../ui/use-opened.js';
import { AUDIT_OUTCOME } from '../ui/words.js';
import { Place, Subject, tellingOf } from './audit-subject.js';
import { OpenedEntry } from './opened-entry.js';
import { operationInWords } from './operation-words.js';

interface AuditTableProps {
  entries: AuditEntry[];
  total: number;
  onEnd: (() => void) | undefined;
}

export function AuditTable({ entries, total, onEnd }: AuditTableProps) {
  const opened = useOpened<number>();
  return (
    <DataTable
      label="What was done"
      columns={columnsOf(opened)}
      rows={entries}
      keyOf={keyOf}
      total={total}
      onEnd={onEnd}
      detail={openedOf(opened)}
    />
  );
}

type Opened = ReturnType<typeof useOpened<number>>;

const keyOf = ({ sequence }: AuditEntry) => String(sequence);

const openedOf =
  ({ isOpen }: Opened) =>
  (entry: AuditEntry) =>
    isOpen(entry.sequence) ? <OpenedEntry entry={entry} /> : undefined;

function columnsOf({ isOpen, turn }: Opened): Column<AuditEntry>[] {
  return [
    {
      name: 'What',
      width: 'minmax(13rem, 2fr)',
      cell: (entry) => <What of={entry} isOpen={isOpen(entry.sequence)} turn={() => turn(entry.sequence)} />,
    },
    { name: 'Who', width: 'minmax(8rem, 1.2fr)', cell: ({ actor }) => <Cut text={actor} /> },
    { name: 'When', width: '8.5rem', cell: ({ at }) => <Moment at={at} /> },
    {
      name: 'On what',
      width: 'minmax(10rem, 1.6fr)',
      cell: (entry) => (
        <span className="flex flex-col">
          <Place of={entry} />
          <Subject of={entry} />
        </span>
      ),
    },
    {
      name: 'From where',
      width: 'minmax(7rem, 1fr)',
      wideOnly: true,
      cell: ({ address, userAgent }) => (
        <span className="flex min-w-0 flex-col text-soft">
          <span>{address ?? 'the service'}</span>
          {userAgent !== null && <Cut text={userAgent} />}
        </span>
      ),
    },
    {
      name: 'Outcome',
      width: '6rem',
      cell: ({ outcome }) => <Outcome of={outcome} />,
    },
  ];
}

/** What was done is as usual; what was refused is told apart. */
function Outcome({ of: outcome }: { of: AuditOutcome }) {
  const { text, tone } = AUDIT_OUTCOME[outcome];
  return outcome === 'done' ? <span className="text-soft">{text}</span> : <Badge tone={tone}>{text}</Badge>;
}

function What({ of: entry, isOpen, turn }: { of: AuditEntry; isOpen: boolean; turn: () => void }) {
  const telling = tellingOf(entry);
  return (
    <Opening isOpen={isOpen} turn={turn}>
      <span className="block font-medium">{operationInWords(entry.operation)}</span>
      {telling !== undefined && (
        <span className="block truncate text-soft" title={telling}>
          {telling}
        </span>
      )}
    </Opening>
  );
}

/** Names may be of any length: cut, and whole for whoever points at them. The opened entry has all of it. */
function Cut({ text }: { text: string }) {
  return (
    <span className="block truncate" title={text}>
      {text}
    </span>
  );
}
