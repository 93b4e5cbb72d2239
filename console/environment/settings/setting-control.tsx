import type { ControllerRenderProps } from 'react-hook-form';
import type { FieldParts } from '../../ui/field.js';
import { inputLook } from '../../ui/field.js';
import { ScheduleEditor } from './schedule-editor.js';
import type { Setting } from './setting-words.js';
import type { Draft, SettingName } from './settings-schema.js';

interface ControlProps {
  setting: Setting;
  field: ControllerRenderProps<Draft, SettingName>;
  parts: FieldParts;
}

const MIB = 1_048_576;
/** Of which a browser knows the names. */
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** What a number field holds, as a number; what is none, stays as it is, for the form to refuse. */
function numberOf(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

export function SettingControl({ setting, field, parts }: ControlProps) {
  const { value, onChange, onBlur, ref, name } = field;
  const rest = { ...parts, name, onBlur, ref };
  const shown = typeof value === 'number' || typeof value === 'string' ? value : '';
  switch (setting.kind) {
    case 'schedule':
      return <ScheduleEditor />;
    case 'switch':
      return (
        <input
          {...rest}
          type="checkbox"
          checked={value === true}
          onChange={({ target }) => onChange(target.checked)}
          className="mt-1 size-5 accent-accent"
        />
      );
    case 'number':
      return (
        <span className="flex items-center gap-2 text-sm">
          <input
            {...rest}
            inputMode="numeric"
            autoComplete="off"
            value={shown}
            onChange={({ target }) => onChange(numberOf(target.value))}
            className={`${inputLook} numbers max-w-28 text-right`}
          />
          <span className="text-soft">{setting.unit}</span>
        </span>
      );
    case 'choice':
      return (
        <select
          {...rest}
          value={shown}
          onChange={({ target }) => onChange(target.value)}
          className={`${inputLook} max-w-96`}
        >
          {setting.choices.map(([choice, label]) => (
            <option key={choice} value={choice}>
              {label}
            </option>
          ))}
        </select>
      );
    case 'rate':
      return (
        <span className="flex items-center gap-2 text-sm">
          <input
            {...rest}
            inputMode="decimal"
            autoComplete="off"
            value={typeof value === 'number' ? Number((value / MIB).toFixed(3)) : shown}
            onChange={({ target }) => onChange(rateOf(target.value))}
            className={`${inputLook} numbers max-w-28 text-right`}
          />
          <span className="text-soft">MiB each second</span>
        </span>
      );
    case 'query':
      return (
        <textarea
          {...rest}
          rows={3}
          spellCheck={false}
          value={shown}
          onChange={({ target }) => onChange(target.value === '' ? null : target.value)}
          className={`${inputLook} font-mono text-[0.85rem]`}
        />
      );
    case 'zone':
      return (
        <>
          <input
            {...rest}
            list="zones"
            autoComplete="off"
            spellCheck={false}
            value={shown}
            onChange={({ target }) => onChange(target.value)}
            className={`${inputLook} max-w-72`}
          />
          <Zones />
        </>
      );
  }
}

function rateOf(text: string): number | string | null {
  if (text.trim() === '') return null;
  const amount = numberOf(text);
  return typeof amount === 'number' ? Math.round(amount * MIB) : amount;
}

/** What a field of zones offers while one types; `list="zones"`. */
function Zones() {
  return (
    <datalist id="zones">
      {ZONES.map((zone) => (
        <option key={zone}>{zone}</option>
      ))}
    </datalist>
  );
}
