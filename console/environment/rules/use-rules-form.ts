import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, useForm, useWatch, type FieldPath } from 'react-hook-form';
import { SnapbackError, tagOf, type Environment } from '../../../sdk/typescript/index.js';
import { snapback } from '../../api/snapback.js';
import { placeFieldErrors } from '../../forms/place-field-errors.js';
import { useTell } from '../../ui/toasts.js';
import { changedBetween, changesOf, draftOf, RULE_NAMES, rulesSchema, type RulesDraft } from './rules-schema.js';

export const RULES_TO_CHANGE = 'rules to change';

/**
 * The rules as they are saved and as they are to be. A change by somebody else meanwhile is no loss on either side: what they saved is taken
 * in, what is written here stays, and both are told of.
 */
export function useRulesForm(initial: Environment) {
  const [base, setBase] = useState(initial);
  /** Whether all that the service has complained of stands at its field. */
  const [isPlaced, setPlaced] = useState(false);
  /** As it was before somebody else saved. */
  const [before, setBefore] = useState<RulesDraft>();
  const tell = useTell();
  const queries = useQueryClient();
  const form = useForm<RulesDraft>({
    resolver: zodResolver(rulesSchema),
    defaultValues: draftOf(initial),
    mode: 'onChange',
  });
  const draft = useWatch({ control: form.control }) as RulesDraft;
  const saved = draftOf(base);
  const changed = changedBetween(saved, draft);
  const keepOthersFresh = () =>
    queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== RULES_TO_CHANGE });

  const takeIn = async () => {
    const theirs = await snapback.environments.view(base.projectId, base.id);
    setBefore(saved);
    setBase(theirs);
    form.reset(draftOf(theirs));
    for (const name of changed) form.setValue(name, get(draft, name) as never, { shouldDirty: true });
  };

  const save = useMutation({
    mutationFn: () =>
      snapback.environments.update(base.projectId, base.id, changesOf(saved, draft), { ifMatch: tagOf(base) }),
    onSuccess: async (now) => {
      setBase(now);
      setBefore(undefined);
      form.reset(draftOf(now));
      tell('The rules are saved.');
      await keepOthersFresh();
    },
    onError: async (error) => {
      const isOutdated = error instanceof SnapbackError && error.status === 412;
      setPlaced(isOutdated || placeFieldErrors(error, fieldsOf(draft), form.setError));
      if (isOutdated) await takeIn();
    },
  });

  const discard = () => {
    setBefore(undefined);
    save.reset();
    form.reset(saved);
  };
  return { base, form, draft, saved, changed, save, isPlaced, before, discard };
}

/** What the service may complain of, the narrower first. */
export function fieldsOf({ neutralizePaths }: Pick<RulesDraft, 'neutralizePaths'>): FieldPath<RulesDraft>[] {
  const ofRules = (neutralizePaths ?? []).flatMap(
    (_, index) => [`neutralizePaths.${index}.paths`, `neutralizePaths.${index}.content`] as const,
  );
  return [...ofRules, ...RULE_NAMES];
}
