import { SnapbackError, type RetentionDecision } from '../../../sdk/typescript/index.js';
import { bytes, count, exact } from '../../ui/amounts.js';
import { Failed } from '../../ui/failed.js';
import { Loading } from '../../ui/loading.js';
import { Moment } from '../../ui/moment.js';
import type { Outlook } from './use-retention-preview.js';

interface RetentionOutlookProps {
  outlook: Outlook | undefined;
  /** With the settings as they are saved. */
  present: Outlook | undefined;
  error: unknown;
  isSettling: boolean;
  /** Whether anything is tried out. */
  isTried: boolean;
  /** Whether what is written can be tried at all. */
  isValid: boolean;
  zone: string;
}

/** How many go at the next run, and how many of them only by what is tried out. */
export function goingOf(outlook: Outlook, present: Outlook | undefined): { goes: number; more: number } {
  const goes = Math.max(0, outlook.total - outlook.keptCount);
  return { goes, more: present === undefined ? 0 : present.keptCount - outlook.keptCount };
}

/** What the settings would do to the snapshots that there are, and about what will be there later. */
export function RetentionOutlook({
  outlook,
  present,
  error,
  isSettling,
  isTried,
  isValid,
  zone,
}: RetentionOutlookProps) {
  if (!isValid)
    return (
      <p className="rounded-box bg-sunken px-4 py-3 text-sm text-soft">
        What is written above cannot be tried out yet.
      </p>
    );
  // What would be refused stands at its field once it is saved; here is why nothing can be told.
  if (error !== null)
    return error instanceof SnapbackError ? (
      <p role="alert" className="rounded-box bg-bad-soft px-4 py-3 text-sm text-bad">
        {error.fields[0] === undefined
          ? error.detail
          : `With these settings nothing can be kept or deleted: ${error.fields.map(({ field, message }) => `${field} ${message}`).join('; ')}.`}
      </p>
    ) : (
      <Failed error={error} />
    );
  if (outlook === undefined) return <Loading what="what retention would do" rows={2} />;
  const { goes, more } = goingOf(outlook, present);
  const { nextRunAt, total, isLowerBound, forecasts } = outlook;
  return (
    <section
      aria-label="What retention would do"
      aria-busy={isSettling}
      className={`min-h-80 rounded-box border bg-sunken px-4 py-3 text-sm sm:min-h-48 ${isSettling ? 'opacity-60' : ''}`}
    >
      <p role="status" className="font-medium">
        With {isTried ? 'these' : 'the present'} settings {count(goes)} of {isLowerBound && 'more than '}
        {count(total)} {total === 1 ? 'snapshot' : 'snapshots'} {goes === 1 ? 'goes' : 'go'} at the next run,{' '}
        <Moment at={nextRunAt} zone={zone} />
        {isTried && more !== 0 && (more > 0 ? `: ${count(more)} more than now` : `: ${count(-more)} fewer than now`)}.
      </p>
      <div className="mt-2 grid gap-x-6 gap-y-3 sm:grid-cols-[1.4fr_1fr]">
        <Deletions of={outlook.goes} goes={goes} zone={zone} />
        <div>
          <h3 className="mb-1 text-xs font-medium text-soft">If the schedule is kept to</h3>
          <ul className="numbers flex flex-col gap-0.5">
            {forecasts.map(({ days, forecast: { presentCount, expectedCount, storedBytes } }) => (
              <li key={days}>
                in {days} days about {count(presentCount + expectedCount)} kept
                {storedBytes !== null && `, ${bytes(storedBytes)}`}
              </li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}

const SHOWN = 5;

function Deletions({ of: decisions, goes, zone }: { of: readonly RetentionDecision[]; goes: number; zone: string }) {
  if (decisions.length === 0) return <p className="text-soft">Nothing has had its time.</p>;
  return (
    <ul aria-label="The first that go" className="flex flex-col gap-0.5 text-soft">
      {decisions.slice(0, SHOWN).map(({ snapshotId, createdAt, reasons }) => (
        <li key={snapshotId} className="numbers">
          {exact(new Date(createdAt), zone)}: {reasons.join('; ')}
        </li>
      ))}
      {goes > SHOWN && <li>and {count(goes - Math.min(SHOWN, decisions.length))} more, newer ones</li>}
    </ul>
  );
}
