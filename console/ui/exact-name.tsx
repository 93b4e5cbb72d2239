import { visibleParts } from './visible.js';

/** A name as it is, kept to itself: what cannot be seen in it, or would turn the line, stands as an escape that looks like one. */
export function ExactName({ name }: { name: string }) {
  return (
    <bdi className="wrap-anywhere whitespace-pre-wrap">
      {visibleParts(name).map(({ text, isEscaped }, index) =>
        isEscaped ? (
          // eslint-disable-next-line react/no-array-index-key -- The pieces of one name do not change places.
          <span key={index} dir="ltr" className="rounded-sm bg-warn-soft font-mono text-[0.85em] text-warn">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}
