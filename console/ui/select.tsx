import type { ReactNode } from 'react';
import { Field, inputLook } from './field.js';

export interface Choice {
  value: string;
  label: string;
  /** Under which heading it stands. */
  group?: string;
}

interface SelectProps {
  label: string;
  value: string;
  choices: readonly Choice[];
  onChoose: (value: string) => void;
  hint?: ReactNode;
  disabled?: boolean;
}

/** One of several, by the control that every keyboard and every phone knows. What stands in an address and is no choice any more is shown as it is. */
export function Select({ label, value, choices, onChoose, hint, disabled = false }: SelectProps) {
  const known = choices.some((choice) => choice.value === value) ? choices : [{ value, label: value }, ...choices];
  const groups = Map.groupBy(known, ({ group = '' }) => group);
  return (
    <Field label={label} hint={hint}>
      {(parts) => (
        <select
          {...parts}
          value={value}
          disabled={disabled}
          onChange={({ target }) => onChoose(target.value)}
          className={`${inputLook} min-w-0 truncate disabled:opacity-55`}
        >
          {[...groups].map(([group, options]) =>
            group === '' ? (
              options.map((option) => <Option key={option.value} of={option} />)
            ) : (
              <optgroup key={group} label={group}>
                {options.map((option) => (
                  <Option key={option.value} of={option} />
                ))}
              </optgroup>
            ),
          )}
        </select>
      )}
    </Field>
  );
}

function Option({ of: { value, label } }: { of: Choice }) {
  return <option value={value}>{label}</option>;
}
