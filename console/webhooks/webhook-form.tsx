import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { tagOf, type Webhook, type WebhookWithSecret } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { placeFieldErrors } from '../forms/place-field-errors.js';
import { useEnvironmentsOf } from '../projects/use-projects.js';
import { Button } from '../ui/button.js';
import { Equivalents, shellWord, type Equivalent } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Field, inputLook } from '../ui/field.js';
import { AllOrSome } from './all-or-some.js';
import { EVENT_WORDS, NAMED_EVENTS } from './event-words.js';
import { bodyOf, valuesOf, webhookSchema, type WebhookValues } from './webhook-schema.js';

interface WebhookFormProps {
  projectId: string;
  /** What is changed, as it was read with its tag; undefined for a new one. */
  webhook: Webhook | undefined;
  onDone: (webhook: Webhook | WebhookWithSecret) => void;
  onCancel: () => void;
}

const FIELDS = ['url', 'description', 'events', 'environmentIds'] as const;

export default function WebhookForm({ projectId, webhook, onDone, onCancel }: WebhookFormProps) {
  const environments = useEnvironmentsOf(projectId).all;
  const form = useForm({ resolver: zodResolver(webhookSchema), defaultValues: valuesOf(webhook) });
  const { errors } = form.formState;
  const save = useMutation({
    mutationFn: (values: WebhookValues): Promise<Webhook | WebhookWithSecret> => {
      const tag = webhook && tagOf(webhook);
      return webhook === undefined
        ? snapback.webhooks.create(projectId, bodyOf(values))
        : snapback.webhooks.update(webhook.id, bodyOf(values), tag === undefined ? {} : { ifMatch: tag });
    },
    // The answer to a new one holds its secret, which is not to stay anywhere.
    gcTime: 0,
    onSuccess: onDone,
  });
  const submit = form.handleSubmit((values) =>
    save.mutate(values, { onError: (error) => void placeFieldErrors(error, FIELDS, form.setError) }),
  );
  // What is said at the fields is not said once more below them.
  const isPlaced = FIELDS.some((name) => errors[name]?.type === 'service');
  const values = form.watch();
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-5">
      <Field
        label="URL"
        error={errors.url?.message}
        hint="What is behind its host is often a secret: it is in no log and no audit."
      >
        {(parts) => (
          <input
            {...parts}
            {...form.register('url')}
            type="url"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://hooks.example.com/snapback"
            className={inputLook}
          />
        )}
      </Field>
      <Field label="What it is for (optional)" error={errors.description?.message}>
        {(parts) => <input {...parts} {...form.register('description')} autoComplete="off" className={inputLook} />}
      </Field>
      <AllOrSome
        legend="It is told of"
        all="Every event, those of later versions included"
        some="These types of events"
        isAll={values.isEvery}
        onAll={(isEvery) => form.setValue('isEvery', isEvery)}
        choices={NAMED_EVENTS.map((type) => ({ value: type, label: EVENT_WORDS[type] }))}
        chosen={values.events}
        onChange={(events) => form.setValue('events', events)}
        error={errors.events?.message}
      />
      <AllOrSome
        legend="In"
        all="All environments of the project"
        some="These environments"
        isAll={values.isWhole}
        onAll={(isWhole) => form.setValue('isWhole', isWhole)}
        choices={environments.map(({ id, name }) => ({ value: id, label: name }))}
        chosen={values.environmentIds}
        onChange={(ids) => form.setValue('environmentIds', ids)}
        error={errors.environmentIds?.message}
      />
      {save.error !== null && !isPlaced && <Failed error={save.error} />}
      <div className="flex items-center justify-end gap-2">
        <Equivalents of={equivalentOf(projectId, webhook, values)} />
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={save.isPending}>
          {webhook === undefined ? 'Create it' : 'Save'}
        </Button>
      </div>
    </form>
  );
}

function equivalentOf(projectId: string, webhook: Webhook | undefined, values: WebhookValues): Equivalent {
  const body = bodyOf(values);
  if (webhook !== undefined) return { method: 'PATCH', path: `/webhooks/${webhook.id}`, body };
  // The command line names one environment, or none.
  const environment = values.isWhole ? '' : ` --env ${shellWord(values.environmentIds[0] ?? 'ENVIRONMENT')}`;
  const events = values.isEvery ? '' : ` --event ${values.events.map(shellWord).join(' ')}`;
  const description = body.description === null ? '' : ` --description ${shellWord(body.description ?? '')}`;
  const url = body.url === '' ? 'URL' : shellWord(body.url);
  const command = `snapback webhooks create ${url} --project ${projectId}${environment}${events}${description}`;
  return {
    ...(values.isWhole || values.environmentIds.length < 2 ? { command } : {}),
    method: 'POST',
    path: `/projects/${projectId}/webhooks`,
    body,
  };
}
