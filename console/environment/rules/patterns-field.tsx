import { get, useFormContext } from 'react-hook-form';
import { Field, inputLook } from '../../ui/field.js';
import { RULES } from './rule-words.js';
import type { RulesDraft } from './rules-schema.js';

export const codeLook = `${inputLook} font-mono text-[0.85rem]`;

/** Patterns of what is left out, one a line. */
export function PatternsField({ name }: { name: `exclude.${keyof RulesDraft['exclude']}` }) {
  const { register, formState } = useFormContext<RulesDraft>();
  const error = get(formState.errors, name) as { message?: string } | undefined;
  return (
    <Field label={RULES[name].label} hint={RULES[name].about} error={error?.message}>
      {(parts) => <textarea {...parts} {...register(name)} rows={3} spellCheck={false} className={codeLook} />}
    </Field>
  );
}
