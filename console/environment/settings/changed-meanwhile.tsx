import type { SnapshotSettings, SnapshotSettingsUpdate } from '../../../sdk/typescript/index.js';
import { Notice } from '../../ui/notice.js';
import { settingOf, valueWords } from './setting-words.js';
import type { Meanwhile } from './use-settings-form.js';

/** What somebody else saved, so that whoever was writing decides anew. */
export function ChangedMeanwhile({
  of: { before, names },
  after,
  changes,
}: {
  of: Meanwhile;
  after: SnapshotSettings;
  changes: SnapshotSettingsUpdate;
}) {
  return (
    // Whoever has just saved is at the end of the page.
    <div role="alert" ref={toItself} tabIndex={-1} className="scroll-mt-20 rounded-box outline-none">
      <Notice
        tone="warn"
        title="Somebody else has changed these settings meanwhile. Nothing was saved, and nothing of yours is lost."
      >
        <ul className="mt-1 list-disc pl-5">
          {names.map((name) => (
            <li key={name}>
              {settingOf(name)?.label ?? name}: was {valueWords(name, before[name])}, is now{' '}
              {valueWords(name, after[name])}
              {name in changes && `; yours, ${valueWords(name, changes[name] ?? null)}, would take its place`}
            </li>
          ))}
          {names.length === 0 && <li>It was changed, and is the same again.</li>}
        </ul>
        <p className="mt-1">Look at it, and save again.</p>
      </Notice>
    </div>
  );
}

function toItself(element: HTMLElement | null): void {
  element?.focus();
}
