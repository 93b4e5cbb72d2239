import type { ReactNode } from 'react';
import { SOFT, type Tone } from './tone.js';

/** A sentence that somebody should read, with what to do about it. */
export function Notice({ tone, title, children }: { tone: Tone; title?: ReactNode; children?: ReactNode }) {
  return (
    <div role={tone === 'bad' ? 'alert' : undefined} className={`rounded-box px-4 py-3 text-sm ${SOFT[tone]}`}>
      {title !== undefined && <p className="font-semibold">{title}</p>}
      {children}
    </div>
  );
}
