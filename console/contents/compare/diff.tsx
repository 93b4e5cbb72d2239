import { ExactName } from '../../ui/exact-name.js';
import { diffLines, type DiffLine } from './diff-lines.js';

const MARKS = {
  added: { mark: '+', look: 'bg-accent-soft', says: 'added: ' },
  removed: { mark: '−', look: 'bg-bad-soft', says: 'removed: ' },
  same: { mark: ' ', look: 'text-soft', says: '' },
} as const;

/** A text before and after: lines have a mark, an edge and a colour each, and are called added or removed for who listens. */
export function Diff({ of, label }: { of: string; label: string }) {
  return (
    <div
      role="group"
      aria-label={label}
      className="mt-2 mb-1 overflow-hidden rounded-box border bg-sunken py-1 font-mono text-xs leading-relaxed"
    >
      {diffLines(of).map((line, index) => (
        // eslint-disable-next-line react/no-array-index-key -- The lines of one text do not change places.
        <Line key={index} of={line} isFirst={index === 0} />
      ))}
    </div>
  );
}

function Line({ of, isFirst }: { of: DiffLine; isFirst: boolean }) {
  if (of.kind === 'place')
    // That a text begins with its first line need not be said.
    return isFirst && of.before <= 1 && of.after <= 1 ? null : (
      <p className={`px-3 py-0.5 text-soft ${isFirst ? '' : 'mt-1 border-t border-dashed pt-1'}`}>
        from line {of.before} → {of.after}
      </p>
    );
  if (of.kind === 'about') return <p className="px-3 py-0.5 text-soft italic">{of.text}</p>;
  const { mark, look, says } = MARKS[of.kind];
  return (
    <p className={`flex ${look}`}>
      <span aria-hidden className={`w-7 shrink-0 border-l-4 pl-1 text-center font-bold select-none ${EDGES[of.kind]}`}>
        {mark}
      </span>
      <span className="min-w-0 px-2">
        {says !== '' && <span className="sr-only">{says}</span>}
        <LineText text={of.text} />
      </span>
    </p>
  );
}

const EDGES = {
  added: 'border-accent text-accent',
  removed: 'border-bad border-dotted text-bad',
  same: 'border-transparent',
} as const;

/** The spaces that a line begins with are what they look like. */
function LineText({ text }: { text: string }) {
  const rest = text.replace(/^ +/, '');
  return (
    <span className="wrap-anywhere whitespace-pre-wrap">
      {' '.repeat(text.length - rest.length)}
      <ExactName name={rest} />
    </span>
  );
}
