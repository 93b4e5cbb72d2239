import { Plus, X } from 'lucide-react';
import { useFormContext, useWatch } from 'react-hook-form';
import { Button } from '../../ui/button.js';
import { Field, inputLook } from '../../ui/field.js';
import { codeLook } from './patterns-field.js';
import { PATH_ACTIONS, RULES } from './rule-words.js';
import { MOST_PATH_RULES, type NeutralizeDraft, type PathRuleDraft } from './rules-schema.js';
import { Switch } from './switch.js';

/** Rules for files, in the order in which they count. That nothing is said is not the same as that nothing has to change. */
export function PathRules() {
  const { control, setValue, formState } = useFormContext<NeutralizeDraft>();
  const rules = useWatch({ control, name: 'neutralizePaths' });
  const errors = formState.errors.neutralizePaths;
  const change = (next: PathRuleDraft[] | null) =>
    setValue('neutralizePaths', next, { shouldDirty: true, shouldValidate: true });
  const put = (index: number, rule: PathRuleDraft) =>
    change((rules ?? []).map((one, at) => (at === index ? rule : one)));
  return (
    <div className="flex flex-col gap-3">
      <Switch
        label={RULES.neutralizePaths.label}
        about={RULES.neutralizePaths.about}
        error={errors?.message}
        checked={rules !== null}
        onChange={({ target }) => change(target.checked ? [] : null)}
      />
      {rules?.map((rule, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two may be alike while they are written
        <fieldset key={index} className="min-w-0 rounded-small border p-3">
          <legend className="sr-only">Rule {index + 1}</legend>
          <RuleFields
            rule={rule}
            number={index + 1}
            problem={errors?.[index]}
            onChange={(changed) => put(index, changed)}
            onRemove={() => change(rules.filter((_, at) => at !== index))}
          />
        </fieldset>
      ))}
      {rules !== null && (
        <Button
          size="small"
          className="self-start"
          reason={rules.length >= MOST_PATH_RULES ? `There are at most ${MOST_PATH_RULES} rules.` : undefined}
          onClick={() =>
            setValue('neutralizePaths', [...rules, { paths: '', action: 'remove', content: '' }], { shouldDirty: true })
          }
        >
          <Plus aria-hidden className="size-4" /> Add a rule
        </Button>
      )}
    </div>
  );
}

interface RuleFieldsProps {
  rule: PathRuleDraft;
  number: number;
  problem: { paths?: { message?: string }; content?: { message?: string } } | undefined;
  onChange: (rule: PathRuleDraft) => void;
  onRemove: () => void;
}

function RuleFields({ rule, number, problem, onChange, onRemove }: RuleFieldsProps) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-2">
        <div className="min-w-0 grow">
          <Field label="Files that these patterns name" hint="A pattern a line." error={problem?.paths?.message}>
            {(parts) => (
              <textarea
                {...parts}
                rows={2}
                spellCheck={false}
                value={rule.paths}
                onChange={({ target }) => onChange({ ...rule, paths: target.value })}
                className={codeLook}
              />
            )}
          </Field>
        </div>
        <Button look="quiet" size="icon" aria-label={`Remove rule ${number}`} onClick={onRemove}>
          <X aria-hidden className="size-4" />
        </Button>
      </div>
      <Field label="What becomes of them">
        {(parts) => (
          <select
            {...parts}
            value={rule.action}
            onChange={({ target }) => onChange({ ...rule, action: target.value as PathRuleDraft['action'] })}
            className={`${inputLook} max-w-72`}
          >
            {Object.entries(PATH_ACTIONS).map(([action, words]) => (
              <option key={action} value={action}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      {rule.action === 'replace' && (
        <Field label="Content" hint="Of each of these files, in UTF-8." error={problem?.content?.message}>
          {(parts) => (
            <textarea
              {...parts}
              rows={3}
              spellCheck={false}
              value={rule.content}
              onChange={({ target }) => onChange({ ...rule, content: target.value })}
              className={codeLook}
            />
          )}
        </Field>
      )}
    </div>
  );
}
