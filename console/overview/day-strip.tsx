import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { ProtectionDay, ProtectionDayState } from '../../sdk/typescript/index.js';
import { DAY } from '../ui/words.js';

/** Told apart by what is drawn, and not by the colour alone: full, hollow, an exclamation mark, hatched. */
export const DAY_LOOK: Record<ProtectionDayState, string> = {
  proven: 'bg-accent',
  taken: 'border-[1.5px] border-accent bg-accent-soft',
  failed: 'exclaimed',
  nothing: 'hatched bg-sunken',
};

/** One cell a day. It is one stop of the keyboard; arrows go through the days, and what a day was is said. */
export function DayStrip({ days }: { days: readonly ProtectionDay[] }) {
  const [shown, setShown] = useState<number>();
  const last = days.length - 1;
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number | undefined> = {
      ArrowLeft: (shown ?? last + 1) - 1,
      ArrowRight: (shown ?? -1) + 1,
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (event.key === 'Escape') setShown(undefined);
    if (next === undefined) return;
    event.preventDefault();
    setShown(Math.max(0, Math.min(last, next)));
  };
  const point = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setShown(Math.max(0, Math.min(last, Math.floor(((clientX - left) / width) * days.length))));
  };
  const at = shown ?? last;
  const day = days[at];
  if (day === undefined) return null;
  const along = `${last === 0 ? 0 : (at / last) * 100}%`;
  return (
    <div
      // Screen readers give it the arrow keys, and say its value when they have changed it.
      role="slider"
      aria-readonly
      aria-label={inWords(days)}
      aria-valuemin={1}
      aria-valuemax={days.length}
      aria-valuenow={at + 1}
      aria-valuetext={said(day)}
      tabIndex={0}
      onKeyDown={press}
      onBlur={() => setShown(undefined)}
      onPointerMove={point}
      onPointerDown={point}
      // A finger leaves as it is lifted: what it has asked for stays until it touches elsewhere.
      onPointerLeave={({ pointerType }) => pointerType !== 'touch' && setShown(undefined)}
      className="relative flex h-6 w-full max-w-88 items-stretch gap-[2px] rounded-[3px]"
    >
      {days.map(({ date, state }, index) => (
        <span
          key={date}
          aria-hidden
          className={`min-w-0 grow basis-0 rounded-[2px] ${DAY_LOOK[state]} ${index === shown ? 'outline-2 outline-offset-1 outline-ink' : ''}`}
        />
      ))}
      {shown !== undefined && (
        <span
          aria-hidden
          className="pointer-events-none absolute bottom-full z-20 mb-1.5 rounded-small bg-ink px-2.5 py-1 text-xs whitespace-nowrap text-ground shadow-lg"
          // As far along as its day is, so that it never leaves the strip.
          style={{ left: along, transform: `translateX(-${along})` }}
        >
          {said(day)}
        </span>
      )}
    </div>
  );
}

const STATES: readonly ProtectionDayState[] = ['proven', 'taken', 'failed', 'nothing'];

/** `30 days: 24 proven, 4 taken, 1 failed, 1 nothing`. */
export function inWords(days: readonly ProtectionDay[]): string {
  const counts = STATES.map((state) => [days.filter((day) => day.state === state).length, DAY[state].text] as const);
  const said = counts.filter(([amount]) => amount > 0).map(([amount, text]) => `${amount} ${text}`);
  return `${days.length} days: ${said.join(', ')}`;
}

const FORMAT = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' });

/** A date stands for the whole day, wherever somebody looks at it. */
function said({ date, state }: ProtectionDay): string {
  return `${FORMAT.format(new Date(`${date}T00:00:00Z`))}: ${DAY[state].text}`;
}
