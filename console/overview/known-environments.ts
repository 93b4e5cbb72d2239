import type { EnvironmentProtection } from '../../sdk/typescript/index.js';

/** Environments by their ids: operations name them by those alone. */
export type KnownEnvironments = ReadonlyMap<string, EnvironmentProtection>;
