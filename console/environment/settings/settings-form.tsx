import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormProvider } from 'react-hook-form';
import type { RetentionPreview, SnapshotSettings } from '../../../sdk/typescript/index.js';
import { ChangedMeanwhile } from '../../forms/changed-meanwhile.js';
import { LeaveUnsaved } from '../../forms/leave-unsaved.js';
import { SaveBar } from '../../forms/save-bar.js';
import { useWhyNot } from '../../session/use-access.js';
import { Card } from '../../ui/card.js';
import { Failed } from '../../ui/failed.js';
import { Moment } from '../../ui/moment.js';
import { Notice } from '../../ui/notice.js';
import { meanwhileWords, settingsEquivalent } from './change-words.js';
import { ConfirmDeletion } from './confirm-deletion.js';
import { goingOf, RetentionOutlook } from './retention-outlook.js';
import { SettingRow } from './setting-row.js';
import { GROUPS, settingOf } from './setting-words.js';
import { settingsSchema, type Draft, type SettingName } from './settings-schema.js';
import { outlookOptions, useOutlook, type Outlook } from './use-retention-preview.js';
import { isBeyondForm, useSettingsForm } from './use-settings-form.js';

interface SettingsFormProps {
  initial: SnapshotSettings;
  /** `project/environment` */
  environmentName: string;
}

/** What can be tried out before it is saved. */
const TRIED = [
  'retentionDays',
  'timeZone',
  'schedule',
  'keepLast',
  'keepHourly',
  'keepDaily',
  'keepWeekly',
  'keepMonthly',
  'keepYearly',
] as const satisfies readonly (keyof Draft)[];

export function SettingsForm({ initial, environmentName }: SettingsFormProps) {
  const { base, form, draft, changes, save, meanwhile, discard } = useSettingsForm(initial);
  const queries = useQueryClient();
  const whyNot = useWhyNot();
  const refusal = whyNot('settings:write');
  const [toConfirm, setToConfirm] = useState<{ goes: number; more: number; nextRunAt: string }>();
  const tried: RetentionPreview = Object.fromEntries(
    TRIED.filter((name) => name in changes).map((name) => [name, changes[name]]),
  );
  const isTried = Object.keys(tried).length > 0;
  const isValid = settingsSchema.safeParse(draft).success;
  const { environmentId } = base;
  const changedNames = Object.keys(changes) as SettingName[];
  const present = useOutlook(environmentId, {}).data;
  const preview = useOutlook(environmentId, isValid ? tried : undefined);

  /** What deletes more than before is asked about first, whatever was shown by then. */
  const submit = form.handleSubmit(async () => {
    save.reset();
    if (!isTried) return save.mutate();
    const [now, then] = await Promise.all([
      queries.fetchQuery(outlookOptions(environmentId, {})).catch(() => undefined),
      queries.fetchQuery(outlookOptions(environmentId, tried)).catch((): Outlook | undefined => undefined),
    ]);
    const going = then && goingOf(then, now);
    if (then !== undefined && going !== undefined && going.more > 0)
      return setToConfirm({ ...going, nextRunAt: then.nextRunAt });
    // Where nothing can be told, such as of settings that nobody may have, the service decides.
    return save.mutate();
  });

  const inherited = (name: keyof Draft): unknown =>
    name in (preview.data?.policy ?? {}) ? preview.data?.policy[name as 'keepDaily'] : undefined;
  return (
    <FormProvider {...form}>
      <form noValidate aria-label="Settings" className="flex flex-col gap-6" onSubmit={(event) => void submit(event)}>
        {refusal !== undefined && <Notice tone="plain">You may look at them, and not change them. {refusal}</Notice>}
        {meanwhile !== undefined && (
          <ChangedMeanwhile
            what="these settings"
            changes={meanwhileWords(meanwhile, base, changes)}
            none="It was changed, and is the same again."
          />
        )}
        <fieldset disabled={refusal !== undefined} className="flex min-w-0 flex-col gap-6">
          {GROUPS.map(({ id, title, settings }) => (
            <div key={id} id={id} className="scroll-mt-20">
              <Card title={title}>
                {id === 'retention' && (
                  <RetentionOutlook
                    outlook={preview.data}
                    present={present}
                    error={preview.error}
                    isSettling={preview.isSettling}
                    isTried={isTried}
                    isValid={isValid}
                    zone={base.timeZone}
                  />
                )}
                <div className="divide-y">
                  {settings.map((setting) => (
                    <SettingRow key={setting.name} of={setting} base={base} inherited={inherited(setting.name)} />
                  ))}
                </div>
                {id === 'schedule' && (
                  <NextRuns of={base} isChanged={'schedule' in changes || 'schedulePaused' in changes} />
                )}
              </Card>
            </div>
          ))}
        </fieldset>
        {save.error !== null && isBeyondForm(save.error) && <Failed error={save.error} />}
        <SaveBar
          changed={changedNames.map((name) => settingOf(name)?.label ?? name)}
          equivalent={settingsEquivalent(environmentId, environmentName, changes)}
          refusal={refusal}
          busy={save.isPending || form.formState.isSubmitting}
          isWrong={!isValid || Object.keys(form.formState.errors).length > 0}
          onDiscard={discard}
        />
      </form>
      <ConfirmDeletion
        of={toConfirm}
        onClose={() => setToConfirm(undefined)}
        onConfirm={() => {
          setToConfirm(undefined);
          save.mutate();
        }}
      />
      <LeaveUnsaved isUnsaved={changedNames.length > 0} />
    </FormProvider>
  );
}

function NextRuns({ of: { nextRuns, timeZone }, isChanged }: { of: SnapshotSettings; isChanged: boolean }) {
  if (isChanged) return <p className="border-t pt-3 text-sm text-soft">The next runs are told once this is saved.</p>;
  if (nextRuns.length === 0) return null;
  return (
    <div className="border-t pt-3 text-sm">
      <h3 className="mb-1 text-xs font-medium text-soft">Next runs</h3>
      <ol aria-label="Next runs" className="numbers flex flex-wrap gap-x-4 gap-y-1">
        {nextRuns.map(({ at, cron }) => (
          <li key={`${at} ${cron}`}>
            <Moment at={at} zone={timeZone} />
          </li>
        ))}
      </ol>
    </div>
  );
}
