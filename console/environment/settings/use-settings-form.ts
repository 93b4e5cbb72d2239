import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { SnapbackError, tagOf, type SnapshotSettings } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { useTell } from '../../ui/toasts.js';
import {
  changedBetween,
  changesOf,
  draftOf,
  SETTING_NAMES,
  settingsSchema,
  type Draft,
  type SettingName,
} from './settings-schema.js';

/** What somebody else saved while one was writing. */
export interface Meanwhile {
  before: SnapshotSettings;
  names: readonly SettingName[];
}

/**
 * The settings as they are saved and as they are to be. A change by somebody else meanwhile is no loss on either side: what they saved is
 * taken in, what is written here stays, and both are told of.
 */
export function useSettingsForm(initial: SnapshotSettings) {
  const [base, setBase] = useState(initial);
  const [meanwhile, setMeanwhile] = useState<Meanwhile>();
  const tell = useTell();
  const queries = useQueryClient();
  const form = useForm<Draft>({
    resolver: zodResolver(settingsSchema),
    defaultValues: draftOf(initial),
    mode: 'onChange',
  });
  const draft = useWatch({ control: form.control }) as Draft;
  const changes = changesOf(base, draft);

  const takeIn = async () => {
    const theirs = await snapback.settings.view(base.environmentId);
    setMeanwhile({ before: base, names: changedBetween(base, theirs) });
    setBase(theirs);
    form.reset({ ...draftOf(theirs), ...(changes as Partial<Draft>) });
  };

  const save = useMutation({
    mutationFn: () => snapback.settings.update(base.environmentId, changes, { ifMatch: tagOf(base) }),
    onSuccess: async (saved) => {
      setBase(saved);
      setMeanwhile(undefined);
      form.reset(draftOf(saved));
      tell('The settings are saved.');
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'settings to change' });
    },
    onError: async (error) => {
      if (!(error instanceof SnapbackError)) return;
      if (error.status === 412) await takeIn();
      for (const [index, { field, message }] of error.fields.entries())
        if (isOfForm(field)) form.setError(field, { message }, { shouldFocus: index === 0 });
    },
  });

  const discard = () => {
    setMeanwhile(undefined);
    save.reset();
    form.reset(draftOf(base));
  };
  return { base, form, draft, changes, save, meanwhile, discard };
}

/** `keepDaily`, or a part of one: `schedule.0.cron`. */
function isOfForm(field: string): field is SettingName {
  return SETTING_NAMES.includes(field.split('.')[0] as SettingName);
}

/** What is refused for nothing that the form has. */
export function isBeyondForm(error: unknown): boolean {
  if (!(error instanceof SnapbackError)) return true;
  return error.status !== 412 && (error.fields.length === 0 || !error.fields.every(({ field }) => isOfForm(field)));
}
