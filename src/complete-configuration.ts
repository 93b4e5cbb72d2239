import { generatedSecret } from './config/generated-secret.js';
import type { Configuration } from './config/configuration.js';

/** Without a database of one's own, the secrets are the service's own too: made once, kept below DATA_DIR. */
export async function completeConfiguration(
  given: Configuration,
  embedded: { url: string } | undefined,
): Promise<Configuration> {
  if (embedded === undefined) return given;
  const { DATA_DIR, JWT_JWKS_URL, VAULT_MASTER_KEY_FILE } = given;
  const unless = (replaced: string | undefined, name: string) =>
    replaced === undefined ? generatedSecret(DATA_DIR, name) : undefined;
  return {
    ...given,
    DATABASE_URL: embedded.url,
    CREDENTIALS_KEY: given.CREDENTIALS_KEY ?? (await generatedSecret(DATA_DIR, 'credentials-key')),
    VAULT_MASTER_KEY: given.VAULT_MASTER_KEY ?? (await unless(VAULT_MASTER_KEY_FILE, 'vault-master-key')),
    JWT_SECRET: given.JWT_SECRET ?? (await unless(JWT_JWKS_URL, 'jwt-secret')),
  };
}
