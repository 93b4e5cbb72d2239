import { RANGES, type RangeDays } from './range.js';

export function RangeChoice({ days, onChoose }: { days: RangeDays; onChoose: (days: RangeDays) => void }) {
  return (
    <div role="group" aria-label="How far back" className="flex rounded-small border border-edge/60 p-0.5">
      {RANGES.map((range) => (
        <button
          key={range.label}
          type="button"
          aria-pressed={range.days === days}
          onClick={() => onChoose(range.days)}
          className="min-h-7 rounded-[4px] px-2.5 text-sm text-soft hover:text-ink aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent"
        >
          {range.label}
        </button>
      ))}
    </div>
  );
}
