import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { ConfigurationError } from './configuration-error.js';
import { Configuration } from './configuration.js';

/** Their values appear in no message; a URL may hold a password. */
const SECRETS: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'CREDENTIALS_KEY',
  'JWT_SECRET',
  'JWT_JWKS_URL',
  'CONSOLE_OIDC_ISSUER',
  'VAULT_MASTER_KEY',
  'VAULT_S3_ENDPOINT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
]);

/** Longest part of a wrong value that a message repeats, in characters. */
const LONGEST_VALUE_SHOWN = 80;

/** When a value breaks several rules, the first of these explains best: "abc" is no integer before it is too small. */
const KIND_RULES: readonly string[] = ['isInt', 'isBoolean', 'isIn', 'isString'];

/**
 * Reads each variable on its own; `loadConfiguration` also checks them against each other. Variables
 * the service does not know are ignored, and an empty one counts as unset.
 *
 * Throws `ConfigurationError` for the first value that is not allowed.
 */
export function parseConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const given: Record<string, string> = {};
  for (const name of variableNames()) {
    const value = env[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const configuration = plainToInstance(Configuration, given);
  const [error] = validateSync(configuration);
  if (error !== undefined) throw new ConfigurationError(describe(error, given[error.property] ?? ''));
  return configuration;
}

/** Every property of `Configuration` has a rule, so its rules know all the names. */
function variableNames(): Set<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(Configuration, '', false, false);
  return new Set(rules.map((rule) => rule.propertyName));
}

function describe(error: ValidationError, value: string): string {
  const name = error.property;
  const broken = Object.entries(error.constraints ?? {});
  const [, message = 'is not allowed'] = broken.find(([rule]) => KIND_RULES.includes(rule)) ?? broken[0] ?? [];
  const withoutName = message.replace(/^each value in /, '').replace(`${name} `, '');
  if (SECRETS.has(name)) return `${name} ${withoutName}.`;
  const shown = value.length > LONGEST_VALUE_SHOWN ? `${value.slice(0, LONGEST_VALUE_SHOWN)}…` : value;
  return `${name} ${withoutName} (it is ${JSON.stringify(shown)}).`;
}
