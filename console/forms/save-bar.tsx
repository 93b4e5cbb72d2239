import { count } from '../ui/amounts.js';
import { Button } from '../ui/button.js';
import { Equivalents, type Equivalent } from '../ui/equivalents.js';

interface SaveBarProps {
  /** What is changed, as it is called on the page. */
  changed: readonly string[];
  equivalent: Equivalent;
  refusal: string | undefined;
  busy: boolean;
  isWrong: boolean;
  onDiscard: () => void;
}

/** What would be saved, always at hand: the page is long. */
export function SaveBar({ changed, equivalent, refusal, busy, isWrong, onDiscard }: SaveBarProps) {
  const nothing = changed.length === 0;
  return (
    <div
      className={`z-20 -mx-4 border-t bg-surface px-4 py-3 sm:mx-0 sm:rounded-box sm:border ${nothing ? '' : 'sticky bottom-16 shadow-lg sm:bottom-3'}`}
    >
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p aria-live="polite" className="min-w-0 text-sm text-soft">
          {nothing ? (
            'Nothing is changed.'
          ) : (
            <>
              <span className="font-medium text-ink">
                {count(changed.length)} {changed.length === 1 ? 'change' : 'changes'}, not saved yet:
              </span>{' '}
              {changed.join(', ')}
            </>
          )}
          {isWrong && <span className="block text-bad">Something in it cannot be: see the fields.</span>}
        </p>
        <div className="ml-auto flex items-center gap-2">
          {!nothing && (
            <>
              <Equivalents of={equivalent} />
              <Button onClick={onDiscard}>Discard</Button>
            </>
          )}
          <Button
            type="submit"
            look="primary"
            busy={busy}
            reason={refusal ?? (nothing ? 'Nothing is changed.' : undefined)}
          >
            Save
          </Button>
        </div>
      </div>
    </div>
  );
}
