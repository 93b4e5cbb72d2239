import { getRouteApi } from '@tanstack/react-router';
import type { SnapshotComparison } from '../../../sdk/typescript/index.js';
import { bytes, count } from '../../ui/amounts.js';
import { Card } from '../../ui/card.js';
import { linkLook } from '../../ui/link.js';
import { PARTS, type Part } from './counts.js';

const route = getRouteApi('/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare');

const NAMES: Record<Part, string> = { definitions: 'Definitions', tables: 'Tables', files: 'Files' };
const COLUMNS = [
  ['addedCount', 'Added'],
  ['removedCount', 'Removed'],
  ['changedCount', 'Changed'],
  ['unchangedCount', 'The same'],
] as const;

interface CountsCardProps {
  counted: SnapshotComparison;
  /** Which is listed below. */
  part: Part;
}

/** How much has changed, by part; each leads to its list. */
export function CountsCard({ counted, part }: CountsCardProps) {
  const { addedBytes, removedBytes } = counted.files;
  return (
    <Card title="What has changed">
      <table className="numbers w-full text-sm">
        <caption className="sr-only">Changes, counted</caption>
        <thead>
          <tr className="text-right text-xs text-soft">
            <th scope="col">
              <span className="sr-only">Part</span>
            </th>
            {COLUMNS.map(([of, name]) => (
              <th key={of} scope="col" className="pb-2 pl-3 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PARTS.map((one) => (
            <tr key={one} className="border-t">
              <th scope="row" className="py-2 pr-2 text-left font-normal">
                <PartLink part={one} isHere={one === part} />
              </th>
              <Counts of={counted[one]} />
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-3 border-t pt-3 text-sm text-soft">
        Content of files: <span className="numbers">{bytes(addedBytes)}</span> in the second only,{' '}
        <span className="numbers">{bytes(removedBytes)}</span> in the first only. A table counts as changed, too, when
        the same rows lie elsewhere in it; the list looks at its rows.
      </p>
    </Card>
  );
}

function PartLink({ part, isHere }: { part: Part; isHere: boolean }) {
  const ids = route.useParams();
  return (
    <route.Link
      to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/compare"
      params={ids}
      search={(before) => ({ ...before, part })}
      resetScroll={false}
      // It is the same page with each of them.
      activeOptions={PRECISE}
      aria-current={isHere ? 'true' : undefined}
      className={isHere ? 'rounded-small font-semibold' : linkLook}
    >
      {NAMES[part]}
    </route.Link>
  );
}

const PRECISE = { exact: true, includeSearch: true };

function Counts({ of }: { of: SnapshotComparison['definitions'] }) {
  if (of === null)
    return (
      <td colSpan={COLUMNS.length} className="py-2 pl-3 text-right text-soft">
        not captured in a form that can be compared
      </td>
    );
  return COLUMNS.map(([which, name]) => (
    <td
      key={which}
      className={`py-2 pl-3 text-right ${of[which] === 0 || name === 'The same' ? 'text-soft' : 'font-medium'}`}
    >
      {count(of[which])}
    </td>
  ));
}
