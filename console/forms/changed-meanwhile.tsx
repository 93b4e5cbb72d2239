import { Notice } from '../ui/notice.js';

interface ChangedMeanwhileProps {
  /** `these settings` */
  what: string;
  /** What was changed, a sentence each. */
  changes: readonly string[];
  /** Said where none of what the page shows was changed. */
  none: string;
}

/** What somebody else saved, so that whoever was writing decides anew. */
export function ChangedMeanwhile({ what, changes, none }: ChangedMeanwhileProps) {
  return (
    // Whoever has just saved is at the end of the page.
    <div role="alert" ref={toItself} tabIndex={-1} className="scroll-mt-20 rounded-box outline-none">
      <Notice
        tone="warn"
        title={`Somebody else has changed ${what} meanwhile. Nothing was saved, and nothing of yours is lost.`}
      >
        <ul className="mt-1 list-disc pl-5 wrap-anywhere">
          {changes.map((change) => (
            <li key={change}>{change}</li>
          ))}
          {changes.length === 0 && <li>{none}</li>}
        </ul>
        <p className="mt-1">Look at it, and save again.</p>
      </Notice>
    </div>
  );
}

function toItself(element: HTMLElement | null): void {
  element?.focus();
}
