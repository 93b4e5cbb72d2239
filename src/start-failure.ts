import { ConfigurationError } from './config/configuration-error.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';

/**
 * What to print when the service could not be started: one sentence for what people must change, with its code where it
 * has one; anything else is a fault of ours and keeps its trace.
 */
export function startFailure(error: unknown): unknown {
  if (error instanceof ConfigurationError && error.code !== undefined) return `${error.message} (${error.code})`;
  return error instanceof ConfigurationError || error instanceof EmbeddedPostgresError ? error.message : error;
}
