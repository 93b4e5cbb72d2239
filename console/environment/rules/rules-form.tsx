import { FormProvider } from 'react-hook-form';
import type { Environment } from '../../../sdk/typescript/index.js';
import { ChangedMeanwhile } from '../../forms/changed-meanwhile.js';
import { LeaveUnsaved } from '../../forms/leave-unsaved.js';
import { SaveBar } from '../../forms/save-bar.js';
import { useWhyNot } from '../../session/use-access.js';
import { Card } from '../../ui/card.js';
import { Failed } from '../../ui/failed.js';
import { Field, inputLook } from '../../ui/field.js';
import { Notice } from '../../ui/notice.js';
import { NeutralizeFields } from './neutralize-fields.js';
import { PatternsField } from './patterns-field.js';
import { RULES, UNREADABLE, valueWords } from './rule-words.js';
import { rulesEquivalent } from './rules-equivalent.js';
import { changedBetween, changesOf, rulesSchema } from './rules-schema.js';
import { useRulesForm } from './use-rules-form.js';

interface RulesFormProps {
  initial: Environment;
  /** `project/environment` */
  environmentName: string;
}

export function RulesForm({ initial, environmentName }: RulesFormProps) {
  const { base, form, draft, saved, changed, save, isPlaced, before, discard } = useRulesForm(initial);
  const { errors, isSubmitting } = form.formState;
  const refusal = useWhyNot()('environments:write');
  const submit = form.handleSubmit(() => save.mutate());
  const meanwhile = (before === undefined ? [] : changedBetween(before, saved)).map((name) => {
    const own = changed.includes(name) ? `; yours, ${valueWords(name, draft)}, would take its place` : '';
    return `${RULES[name].label}: was ${before && valueWords(name, before)}, is now ${valueWords(name, saved)}${own}`;
  });
  return (
    <FormProvider {...form}>
      <form
        noValidate
        aria-label="Rules"
        className="flex max-w-3xl flex-col gap-6"
        onSubmit={(event) => void submit(event)}
      >
        {refusal !== undefined && <Notice tone="plain">You may look at them, and not change them. {refusal}</Notice>}
        {before !== undefined && (
          <ChangedMeanwhile
            what="this environment"
            changes={meanwhile}
            none="None of these rules, but something else of it."
          />
        )}
        <fieldset disabled={refusal !== undefined} className="flex min-w-0 flex-col gap-6">
          <Card title="Left out of snapshots">
            <div className="flex flex-col gap-5">
              <PatternsField name="exclude.tables" />
              <PatternsField name="exclude.rowsOf" />
              <PatternsField name="exclude.paths" />
              <Field
                label={RULES.onUnreadableFile.label}
                hint={RULES.onUnreadableFile.about}
                error={errors.onUnreadableFile?.message}
              >
                {(parts) => (
                  <select {...parts} {...form.register('onUnreadableFile')} className={`${inputLook} max-w-72`}>
                    {Object.entries(UNREADABLE).map(([value, words]) => (
                      <option key={value} value={value}>
                        {words}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            </div>
          </Card>
          <Card title="Data that comes from production">
            <p className="mb-4 text-sm text-soft">
              {base.type === 'production'
                ? 'These do not count while this environment is production itself.'
                : `These count when a snapshot of a production environment is rolled back into this one, which is ${base.type}.`}
            </p>
            <NeutralizeFields hasDatabase hasFilestore />
          </Card>
        </fieldset>
        {save.error !== null && !isPlaced && <Failed error={save.error} />}
        <SaveBar
          changed={changed.map((name) => RULES[name].label)}
          equivalent={rulesEquivalent(base, environmentName, changesOf(saved, draft))}
          refusal={refusal}
          busy={save.isPending || isSubmitting}
          isWrong={!rulesSchema.safeParse(draft).success || Object.keys(errors).length > 0}
          onDiscard={discard}
        />
      </form>
      <LeaveUnsaved isUnsaved={changed.length > 0} />
    </FormProvider>
  );
}
