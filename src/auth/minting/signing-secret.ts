import { ConfigurationError } from '../../config/configuration-error.js';
import type { Configuration } from '../../config/configuration.js';
import { readSecret, secretPath } from '../../config/generated-secret.js';

/** Name of the file below DATA_DIR in which the service keeps the secret it made for itself. */
export const JWT_SECRET_FILE = 'jwt-secret';

/**
 * The secret that the service, started with this configuration, checks tokens with.
 * Throws `ConfigurationError` when it has none yet, or when tokens come from an identity provider.
 */
export async function signingSecret(configuration: Configuration): Promise<string> {
  if (configuration.JWT_JWKS_URL !== undefined) {
    throw new ConfigurationError(
      'JWT_JWKS_URL is set, so that tokens come from your identity provider; ask it for one.',
    );
  }
  if (configuration.JWT_SECRET !== undefined) return configuration.JWT_SECRET;
  if (configuration.DATABASE_URL !== undefined) {
    throw new ConfigurationError('JWT_SECRET must be the secret that the service was started with.');
  }
  const path = secretPath(configuration.DATA_DIR, JWT_SECRET_FILE);
  const secret = await readSecret(path);
  if (secret !== undefined) return secret;
  throw new ConfigurationError(`There is no secret in ${path} yet; start the service once, or set JWT_SECRET.`);
}
