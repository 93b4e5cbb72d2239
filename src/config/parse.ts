import type { TransformFnParams } from 'class-transformer';

/** Environment variables are text. What cannot be parsed is left as it is, for the validator to name. */
export function toInteger({ value }: TransformFnParams): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

export function toNumber({ value }: TransformFnParams): unknown {
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
}

/** Booleans are parsed by name: `'false'` is false. */
export function toBoolean({ value }: TransformFnParams): unknown {
  if (value === 'true' || value === '1' || value === 'yes') return true;
  if (value === 'false' || value === '0' || value === 'no') return false;
  return value;
}

export function toList(separator: string): (params: TransformFnParams) => unknown {
  return ({ value }) =>
    typeof value === 'string'
      ? value
          .split(separator)
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value;
}
