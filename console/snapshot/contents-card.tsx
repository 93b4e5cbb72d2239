import { Link } from '@tanstack/react-router';
import type { Snapshot, SnapshotDetails } from '../../sdk/typescript/index.js';
import { bytes, count } from '../ui/amounts.js';
import { buttonLook } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { LeftOutOfIt } from './left-out-of-it.js';
import { WithTooltip } from '../ui/tooltip.js';

type Amount = 'databaseBytes' | 'filestoreBytes' | 'fileCount' | 'storedBytes';

const ROWS: readonly [of: Amount, name: string, shown: (amount: number) => string][] = [
  ['databaseBytes', 'Database', bytes],
  ['filestoreBytes', 'Filestore', bytes],
  ['fileCount', 'Files', count],
  ['storedBytes', 'Added to the vault', bytes],
];

interface ContentsCardProps {
  snapshot: SnapshotDetails;
  projectId: string;
  /** What it is held against: its base and the one before it, each where there is one. */
  beside: readonly { name: string; snapshot: Snapshot }[];
}

/** How much it holds, beside its base and the one before it, and how much of it had to be read. */
export function ContentsCard({ snapshot, projectId, beside }: ContentsCardProps) {
  return (
    <Card
      title="What it holds"
      aside={snapshot.status === 'completed' && <LookInside snapshot={snapshot} projectId={projectId} />}
    >
      <table className="numbers w-full text-sm sm:table-fixed">
        <caption className="sr-only">Sizes, and what changed</caption>
        <thead>
          <tr className="text-right text-xs text-soft">
            <th scope="col">
              <span className="sr-only">Amount</span>
            </th>
            <th scope="col" className="pb-2 font-medium">
              This snapshot
            </th>
            {beside.map(({ name }) => (
              <th key={name} scope="col" className="pb-2 pl-3 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([of, name, shown]) => (
            <tr key={of} className="border-t">
              <th scope="row" className="py-2 pr-2 text-left font-normal text-soft">
                {name}
              </th>
              <td className="py-2 text-right font-medium whitespace-nowrap">
                {snapshot[of] === null ? '–' : shown(snapshot[of])}
              </td>
              {beside.map((other) => (
                <td key={other.name} className="py-2 pl-3 text-right whitespace-nowrap text-soft">
                  <Change from={other.snapshot[of]} to={snapshot[of]} shown={shown} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <ReadAndCarriedOver {...snapshot} />
      {snapshot.leftOut && <LeftOutOfIt of={snapshot.leftOut} />}
    </Card>
  );
}

function LookInside({ snapshot, projectId }: Pick<ContentsCardProps, 'snapshot' | 'projectId'>) {
  const { id: snapshotId, environmentId, filestoreBytes } = snapshot;
  const params = { projectId, environmentId, snapshotId };
  return (
    <nav aria-label="Look inside" className="flex gap-2 print:hidden">
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/tables"
        params={params}
        className={buttonLook({ size: 'small' })}
      >
        Tables
      </Link>
      {filestoreBytes !== null && (
        <Link
          to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/files"
          params={params}
          className={buttonLook({ size: 'small' })}
        >
          Files
        </Link>
      )}
      <Link
        to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare"
        params={params}
        className={buttonLook({ size: 'small' })}
      >
        Compare
      </Link>
    </nav>
  );
}

interface ChangeProps {
  from: number | null;
  to: number | null;
  shown: (amount: number) => string;
}

/** `+4.20 MiB`; what it was before, for whoever points at it. */
function Change({ from, to, shown }: ChangeProps) {
  if (from === null || to === null) return '–';
  const text = from === to ? 'as much' : `${to > from ? '+' : '−'}${shown(Math.abs(to - from))}`;
  return (
    <WithTooltip text={`It was ${shown(from)}.`}>
      <span tabIndex={0} className="rounded-small">
        {text}
      </span>
    </WithTooltip>
  );
}

function ReadAndCarriedOver({ type, readBytes, carriedOverBytes, readInFull }: SnapshotDetails) {
  if (readBytes === null || carriedOverBytes === null) return null;
  const whole = readBytes + carriedOverBytes;
  if (type === 'full' || whole === 0)
    return <p className="mt-4 border-t pt-3 text-sm text-soft">All of it was read: {bytes(readBytes)}.</p>;
  return (
    <div className="mt-4 border-t pt-3 text-sm">
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken">
        <span className="bg-accent" style={{ width: `${(100 * readBytes) / whole}%` }} />
        <span className="grow bg-edge/40" />
      </div>
      <p className="numbers mt-2 flex flex-wrap justify-between gap-x-4">
        <span className="flex items-center gap-2">
          <span aria-hidden className="size-2 rounded-full bg-accent" />
          {bytes(readBytes)} had changed and was read
        </span>
        <span className="flex items-center gap-2 text-soft">
          <span aria-hidden className="size-2 rounded-full bg-edge/40" />
          {bytes(carriedOverBytes)} is the base's
        </span>
      </p>
      {readInFull.length > 0 && (
        <>
          <h3 className="mt-4 text-sm">Read all the same</h3>
          <ul className="mt-1 list-disc pl-5 text-soft">
            {readInFull.map(({ tableCount, reason }) => (
              <li key={reason}>
                <span className="numbers">{count(tableCount)}</span> {tableCount === 1 ? 'table' : 'tables'}: {reason}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
