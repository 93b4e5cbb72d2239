import type { SnapshotSettings, SnapshotSettingsUpdate } from '../../../sdk/typescript/index.js';
import { count } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { Equivalents, shellWord } from '../../ui/equivalents.js';
import { settingOf } from './setting-words.js';
import type { SettingName } from './settings-schema.js';

interface SaveBarProps {
  base: SnapshotSettings;
  changes: SnapshotSettingsUpdate;
  refusal: string | undefined;
  busy: boolean;
  isWrong: boolean;
  environmentName: string;
  onDiscard: () => void;
}

/** What would be saved, always at hand: the page is long. */
export function SaveBar({ base, changes, refusal, busy, isWrong, environmentName, onDiscard }: SaveBarProps) {
  const names = Object.keys(changes) as SettingName[];
  const nothing = names.length === 0;
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
                {count(names.length)} {names.length === 1 ? 'change' : 'changes'}, not saved yet:
              </span>{' '}
              {names.map((name) => settingOf(name)?.label ?? name).join(', ')}
            </>
          )}
          {isWrong && <span className="block text-bad">Something in it cannot be: see the fields.</span>}
        </p>
        <div className="ml-auto flex items-center gap-2">
          {!nothing && (
            <>
              <Equivalents
                of={{
                  command: `snapback settings set --env ${shellWord(environmentName)} ${names.map((name) => shellWord(`${name}=${commandValue(changes[name])}`)).join(' ')}`,
                  method: 'PATCH',
                  path: `/environments/${base.environmentId}/snapshot-settings`,
                  body: changes,
                }}
              />
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

function commandValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
