import type { EnvironmentType } from '../../contract/generated/types.gen.js';

const KNOWN: Record<EnvironmentType, true> = { production: true, staging: true, development: true };

/** All there are. */
export const ENVIRONMENT_TYPES = Object.keys(KNOWN) as readonly EnvironmentType[];
