import type { ReactNode } from 'react';
import { SOFT, type Tone } from './tone.js';

/** A state in a word. The word says it; the colour only helps. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${SOFT[tone]}`}
    >
      {children}
    </span>
  );
}
