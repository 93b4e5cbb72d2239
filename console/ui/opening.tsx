import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

/**
 * In the first cell of a row: what the row is called, which opens and closes what stands below it. It lies in a span of its own: without it long lists
 * stopped at the rows that were there when they began to be drawn in part.
 */
export function Opening({ isOpen, turn, children }: { isOpen: boolean; turn: () => void; children: ReactNode }) {
  return (
    <span className="flex min-w-0 items-start gap-1">
      <button
        type="button"
        onClick={turn}
        aria-expanded={isOpen}
        className="flex min-w-0 items-start gap-1 rounded-small text-left hover:text-accent"
      >
        <ChevronRight
          aria-hidden
          className={`mt-0.5 size-4 shrink-0 transition-transform ${isOpen ? 'rotate-90' : ''}`}
        />
        <span className="min-w-0">{children}</span>
      </button>
    </span>
  );
}
