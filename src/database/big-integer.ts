import type { ValueTransformer } from 'typeorm';

/** PostgreSQL's bigint arrives as text; sizes fit into a double up to 9 PB. */
export const bigInteger: ValueTransformer = {
  from: (value: string | null) => (value === null ? null : Number(value)),
  to: (value: number | null | undefined) => value,
};
