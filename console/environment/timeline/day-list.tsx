import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { RetentionDecision } from '../../../sdk/typescript/index.js';
import { Button } from '../../ui/button.js';
import { linkLook } from '../../ui/link.js';
import { ChangeShape, SnapshotShape } from './mark-shape.js';
import { LOOKS, type Mark, type Span } from './marks.js';
import { changeTitleOf, countsOf, titleOf, wordOf } from './words.js';

interface DayListProps {
  marks: readonly Mark[];
  span: Span;
  zone: string;
  hrefOf: (mark: Mark) => string | undefined;
  due: ReadonlyMap<string, RetentionDecision>;
}

const SHOWN_DAYS = 7;
const MORE_DAYS = 30;
/** Of one day, side by side. */
const MOST_SHAPES = 8;

/** The timeline where there is no room for an axis: day by day, the newest first. */
export function DayList({ marks, span, zone, hrefOf, due }: DayListProps) {
  const [shown, setShown] = useState(SHOWN_DAYS);
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  const within = marks.filter(({ at }) => at >= span.from && at <= span.to).toSorted((one, other) => other.at - one.at);
  const days = [...Map.groupBy(within, ({ at }) => format.format(at))];
  return (
    <>
      <ul aria-label="Timeline, day by day" className="flex flex-col divide-y">
        {days.slice(0, shown).map(([day, ofDay]) => (
          <li key={day}>
            <Day name={day} marks={ofDay} zone={zone} hrefOf={hrefOf} due={due} />
          </li>
        ))}
      </ul>
      {days.length === 0 && <p className="py-4 text-sm text-soft">Nothing happened in this time.</p>}
      {days.length > shown && (
        <Button size="small" className="mt-2 w-full" onClick={() => setShown(shown + MORE_DAYS)}>
          Show earlier days
        </Button>
      )}
    </>
  );
}

function Day({ name, marks, zone, hrefOf, due }: Omit<DayListProps, 'span'> & { name: string }) {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return (
    <details className="group py-2">
      <summary className="flex min-h-10 cursor-pointer items-center justify-between gap-3 rounded-small">
        <span>
          <span className="block text-sm font-medium">{name}</span>
          <span className="block text-xs text-soft">{summaryOf(marks)}</span>
        </span>
        <svg aria-hidden width={18 * Math.min(MOST_SHAPES, marks.length)} height={18} className="shrink-0">
          {marks
            .slice(0, MOST_SHAPES)
            .toReversed()
            .map((mark, index) => (
              <Shape key={mark.key} of={mark} x={9 + index * 18} />
            ))}
        </svg>
      </summary>
      <ul className="mt-1 flex flex-col gap-2 pl-3">
        {marks.map((mark) => {
          const href = hrefOf(mark);
          const text = wordsOf(mark);
          return (
            <li key={mark.key} className="flex items-baseline gap-2 text-sm">
              <span className="numbers text-soft">{time.format(mark.at)}</span>
              <span>
                {href === undefined ? (
                  text
                ) : (
                  <Link to={href} className={linkLook}>
                    {text}
                  </Link>
                )}
                {due.has(mark.key) && (
                  <span className="block text-xs text-soft">goes at the next run of retention</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

function Shape({ of: mark, x }: { of: Mark; x: number }) {
  if (mark.kind === 'snapshot')
    return <SnapshotShape look={mark.look} x={x} y={9} r={mark.snapshot.type === 'full' ? 7 : 5} />;
  return mark.kind === 'change' ? <ChangeShape of={mark.deployment} x={x} y={9} /> : null;
}

function wordsOf(mark: Mark): string {
  if (mark.kind === 'snapshot')
    return `${titleOf(mark.snapshot)}, ${wordOf(mark.look)}${mark.snapshot.pinned ? ', pinned' : ''}`;
  return mark.kind === 'change' ? changeTitleOf(mark.deployment) : '';
}

function summaryOf(marks: readonly Mark[]): string {
  const snapshots = marks.filter((mark) => mark.kind === 'snapshot');
  const looks = new Map(LOOKS.map((look) => [look, snapshots.filter((mark) => mark.look === look).length]));
  const changes = marks.filter((mark) => mark.kind === 'change').map(({ deployment }) => changeTitleOf(deployment));
  return [...(snapshots.length > 0 ? [countsOf(looks)] : []), ...changes].join(' · ');
}
