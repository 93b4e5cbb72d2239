import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form';
import { SnapbackError } from '../../sdk/typescript/index.js';

/**
 * Puts what the service says about fields (422) at those fields. Returns whether all of it has found its place: otherwise the refusal is to be
 * shown as a whole.
 *
 * @param fields those of the form, which are called as in the contract
 */
export function placeFieldErrors<Values extends FieldValues>(
  error: unknown,
  fields: readonly FieldPath<Values>[],
  setError: UseFormSetError<Values>,
): boolean {
  if (!(error instanceof SnapbackError) || error.fields.length === 0) return false;
  const placed = error.fields.map(({ field, message }, index) => {
    // `environmentIds.0` is about one of several.
    const name = fields.find((known) => field === known || field.startsWith(`${known}.`));
    if (name === undefined) return false;
    setError(name, { type: 'service', message: `It ${message}.` }, { shouldFocus: index === 0 });
    return true;
  });
  return placed.every(Boolean);
}
