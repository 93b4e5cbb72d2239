import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { FormProvider, useForm, useWatch, type FieldPath } from 'react-hook-form';
import type { Environment } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { placeFieldErrors } from '../../forms/place-field-errors.js';
import { Button } from '../../ui/button.js';
import { Card } from '../../ui/card.js';
import { Equivalents } from '../../ui/equivalents.js';
import { Failed } from '../../ui/failed.js';
import { Field, inputLook } from '../../ui/field.js';
import { Notice } from '../../ui/notice.js';
import { useTell } from '../../ui/toasts.js';
import { NeutralizeFields, NEUTRALIZING } from '../rules/neutralize-fields.js';
import { fieldsOf } from '../rules/use-rules-form.js';
import { ConnectionFields } from './connection-fields.js';
import { newEnvironmentEquivalent } from './new-environment-equivalent.js';
import {
  bodyOf,
  ENVIRONMENT_TYPES,
  firstDraft,
  mustNeutralize,
  newEnvironmentSchema,
  type NewEnvironmentDraft,
  type Origin,
} from './new-environment-schema.js';

interface NewEnvironmentFormProps {
  origin: Origin;
  /** `project/environment`, of the snapshot. */
  sourceName: string;
}

/** What the service may complain of beside the rules, the narrower first. */
const FIELDS: readonly FieldPath<NewEnvironmentDraft>[] = [
  'name',
  'type',
  'database.host',
  'database.port',
  'database.user',
  'database.password',
  'database.tls',
  'database.database',
  'database',
  'filestorePath',
];

export function NewEnvironmentForm({ origin, sourceName }: NewEnvironmentFormProps) {
  const form = useForm<NewEnvironmentDraft>({
    resolver: zodResolver(newEnvironmentSchema(origin)),
    defaultValues: firstDraft(origin),
  });
  const draft = useWatch({ control: form.control }) as NewEnvironmentDraft;
  const { errors } = form.formState;
  /** Whether all that the service has complained of stands at its field. */
  const [isPlaced, setPlaced] = useState(false);
  const made = useMade();
  const make = useMutation({
    mutationFn: (values: NewEnvironmentDraft) =>
      snapback.environments.create(origin.source.projectId, bodyOf(values, origin)),
    // What is sent holds a password, which is not to stay anywhere.
    gcTime: 0,
    onSuccess: made,
    onError: (error, values) => {
      const rules = fieldsOf(values) as FieldPath<NewEnvironmentDraft>[];
      setPlaced(placeFieldErrors(error, [...FIELDS, ...rules], form.setError));
    },
  });
  const submit = form.handleSubmit((values) => make.mutate(values));
  return (
    <FormProvider {...form}>
      <form
        noValidate
        aria-label="New environment"
        className="flex max-w-3xl flex-col gap-6"
        onSubmit={(event) => void submit(event)}
      >
        <Card title="What it is">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Name" hint="Unique in the project." error={errors.name?.message}>
              {(parts) => (
                <input
                  {...parts}
                  {...form.register('name')}
                  autoComplete="off"
                  spellCheck={false}
                  className={inputLook}
                />
              )}
            </Field>
            <Field label="Type" error={errors.type?.message}>
              {(parts) => (
                <select {...parts} {...form.register('type', { deps: [...NEUTRALIZING] })} className={inputLook}>
                  {ENVIRONMENT_TYPES.map((type) => (
                    <option key={type}>{type}</option>
                  ))}
                </select>
              )}
            </Field>
          </div>
        </Card>
        {origin.hasDatabase && (
          <Card title="Its database">
            <ConnectionFields />
          </Card>
        )}
        {origin.hasFilestore && (
          <Card title="Its filestore">
            <Field
              label="Directory"
              hint="Its absolute path, below one of the service's FILESTORE_ROOTS. It must not be there yet: it is made."
              error={errors.filestorePath?.message}
            >
              {(parts) => (
                <input
                  {...parts}
                  {...form.register('filestorePath')}
                  autoComplete="off"
                  spellCheck={false}
                  className={`${inputLook} font-mono`}
                />
              )}
            </Field>
          </Card>
        )}
        {mustNeutralize(origin, draft.type) && (
          <Card title="Data that comes from production">
            <div className="mb-4">
              <Notice tone="warn">
                The snapshot is of a production environment, and the new one is {draft.type}: say how its data becomes
                harmless. Without that it is refused.
              </Notice>
            </div>
            <NeutralizeFields hasDatabase={origin.hasDatabase} hasFilestore={origin.hasFilestore} />
          </Card>
        )}
        {make.error !== null && !isPlaced && <Failed error={make.error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <Equivalents of={newEnvironmentEquivalent(draft, origin, sourceName)} />
          <Button type="submit" look="primary" busy={make.isPending}>
            Make and fill it
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

/** To where one sees it being filled, which leads to the environment itself. */
function useMade() {
  const tell = useTell();
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async ({ id, projectId, name, provisionedFrom }: Environment) => {
    tell(`“${name}” is made, and is being filled.`);
    const deploymentId = provisionedFrom?.deploymentId;
    await (typeof deploymentId === 'string'
      ? navigate({ to: '/rollbacks/$deploymentId', params: { deploymentId } })
      : navigate({
          to: '/projects/$projectId/environments/$environmentId',
          params: { projectId, environmentId: id },
        }));
    await queries.invalidateQueries();
  };
}
