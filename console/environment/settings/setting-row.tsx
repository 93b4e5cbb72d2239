import type { ReactNode } from 'react';
import { useController, useFormContext } from 'react-hook-form';
import type { SettingSource, SnapshotSettings } from '../../../sdk/typescript/index.js';
import { linkLook } from '../../ui/link.js';
import { SOURCES, valueWords, type Setting } from './setting-words.js';
import type { Draft } from './settings-schema.js';
import { SettingControl } from './setting-control.js';

/** Those that a project can have defaults of. */
export function sourceOf({ sources }: SnapshotSettings, name: keyof Draft): SettingSource | undefined {
  return name in sources ? sources[name as keyof typeof sources] : undefined;
}

/**
 * One setting: what it is about, where its value comes from, and its control. Given back, it has no value of its own until it is saved.
 *
 * @param base as it is saved
 * @param inherited what would be in effect once it is given back, where that is known
 */
export function SettingRow({
  of: setting,
  base,
  inherited,
}: {
  of: Setting;
  base: SnapshotSettings;
  inherited?: unknown;
}) {
  const { control } = useFormContext<Draft>();
  const { field, fieldState } = useController({ control, name: setting.name });
  const source = sourceOf(base, setting.name);
  const isGivenBack = field.value === null && source !== undefined;
  const isChanged = JSON.stringify(field.value) !== JSON.stringify(base[setting.name]);
  const id = `setting-${setting.name}`;
  const hasError = fieldState.error !== undefined;
  const parts = {
    id,
    'aria-describedby': hasError ? `${id}-about ${id}-error` : `${id}-about`,
    'aria-invalid': hasError || undefined,
  } as const;
  return (
    <div className="grid gap-x-6 gap-y-1 py-3 md:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)]" data-setting={setting.name}>
      <div className="min-w-0">
        {setting.kind === 'schedule' ? (
          <p className="text-sm font-medium">{setting.label}</p>
        ) : (
          <label htmlFor={id} className="text-sm font-medium">
            {setting.label}
          </label>
        )}
        <p id={`${id}-about`} className="text-sm text-soft">
          {setting.about}
        </p>
      </div>
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <div className={isWide(setting) ? 'w-full' : 'min-w-48'}>
            {isGivenBack ? (
              <p className="min-h-9 content-center text-sm">
                Given back: {givenBackWords(setting, inherited)}, once saved.
              </p>
            ) : (
              <SettingControl setting={setting} field={field} parts={parts} />
            )}
          </div>
          {source !== undefined && (
            <p className="flex min-h-8 flex-wrap items-center gap-x-3 text-xs text-soft">
              {isChanged ? `was ${valueWords(setting.name, base[setting.name])}, ${SOURCES[source]}` : SOURCES[source]}
              {source === 'environment' && !isChanged && (
                <TextButton onClick={() => field.onChange(null)}>
                  Give back to the default<span className="sr-only">: {setting.label}</span>
                </TextButton>
              )}
              {isChanged && (
                <TextButton onClick={() => field.onChange(base[setting.name])}>
                  Leave as it was<span className="sr-only">: {setting.label}</span>
                </TextButton>
              )}
            </p>
          )}
        </div>
        {fieldState.error?.message !== undefined && (
          <p id={`${id}-error`} role="alert" className="mt-1 text-sm text-bad">
            {fieldState.error.message}
          </p>
        )}
      </div>
    </div>
  );
}

function isWide({ kind }: Setting): boolean {
  return kind === 'schedule' || kind === 'query';
}

function givenBackWords({ name }: Setting, inherited: unknown): string {
  return inherited === undefined
    ? 'what the project or the service says'
    : valueWords(name, inherited as Draft[typeof name]);
}

function TextButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className={`min-h-8 disabled:hidden ${linkLook}`}>
      {children}
    </button>
  );
}
