import { useFormContext } from 'react-hook-form';
import { Field } from '../../ui/field.js';
import { PathRules } from './path-rules.js';
import { codeLook } from './patterns-field.js';
import { RULES } from './rule-words.js';
import { Switch } from './switch.js';
import type { NeutralizeDraft } from './rules-schema.js';

/** What has to be said, or need not be any more, once something else is chosen. */
export const NEUTRALIZING = ['neutralizeSql', 'neutralizePaths'] as const;

interface NeutralizeFieldsProps {
  /** What there is to make harmless. */
  hasDatabase: boolean;
  hasFilestore: boolean;
}

/** How data from production becomes harmless. Where there is no database, nothing is asked of one. */
export function NeutralizeFields({ hasDatabase, hasFilestore }: NeutralizeFieldsProps) {
  const { register, formState } = useFormContext<NeutralizeDraft>();
  return (
    <div className="flex flex-col gap-5">
      {hasDatabase && (
        <Field
          label={RULES.neutralizeSql.label}
          hint={RULES.neutralizeSql.about}
          error={formState.errors.neutralizeSql?.message}
        >
          {(parts) => (
            <textarea
              {...parts}
              {...register('neutralizeSql')}
              rows={4}
              spellCheck={false}
              placeholder="UPDATE customers SET email = 'nobody@example.com'"
              className={codeLook}
            />
          )}
        </Field>
      )}
      {hasFilestore && <PathRules />}
      <Switch
        label={RULES.allowUnneutralized.label}
        about={RULES.allowUnneutralized.about}
        {...register('allowUnneutralized', { deps: [...NEUTRALIZING] })}
      />
    </div>
  );
}
