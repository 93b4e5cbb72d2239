import { parseArgs } from 'node:util';
import type { VerifyRestored } from '../../sdk/typescript/generated/types.gen.js';

export interface EnvironmentBenchOptions {
  /** The database's size; 1 is about 1 GB. */
  scale: number;
  runs: number;
  files: number;
  /** Drops what the system has in memory before each measurement. */
  cold: boolean;
  /** Another major version of PostgreSQL than this machine's, which is fetched. */
  pg?: string;
}

/** `--scale N` (1 unless told), `--runs N` (3), `--files N` (20,000), `--cold` and `--pg MAJOR`. Throws a sentence. */
export function parseEnvironmentOptions(args: readonly string[]): EnvironmentBenchOptions {
  const { values } = parseArgs({ args: [...args], options: ENVIRONMENT_OPTIONS });
  return environmentOptions(values);
}

/** What is measured of rollbacks, in this order. */
export const ROLLBACK_PARTS = ['yardstick', 'ordinary', 'standby', 'peers'] as const;
export type RollbackPart = (typeof ROLLBACK_PARTS)[number];

/** What a rollback compares before its swap. */
const VERIFICATIONS: readonly VerifyRestored[] = ['counts', 'sampled', 'all'];

export interface RollbackBenchOptions extends EnvironmentBenchOptions {
  /** Connections of the application that come back whenever they are thrown out. */
  clients: number;
  verify: VerifyRestored;
  parts: readonly RollbackPart[];
}

/** The same, `--clients N` (50), `--verify counts|sampled|all` (`counts`), and `--only PART` of `ROLLBACK_PARTS`. Throws a sentence. */
export function parseRollbackOptions(args: readonly string[]): RollbackBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...ENVIRONMENT_OPTIONS,
      clients: { type: 'string', default: '50' },
      verify: { type: 'string', default: 'counts' },
      only: { type: 'string' },
    },
  });
  const verify = VERIFICATIONS.find((name) => name === values.verify);
  if (verify === undefined) throw new Error(`--verify is ${VERIFICATIONS.join(', ')}, not "${values.verify}".`);
  const parts = ROLLBACK_PARTS.filter((part) => values.only === undefined || part === values.only);
  if (parts.length === 0) throw new Error(`--only is one of ${ROLLBACK_PARTS.join(', ')}, not "${values.only}".`);
  return { ...environmentOptions(values), clients: wholeNumber('clients', values.clients), verify, parts };
}

const ENVIRONMENT_OPTIONS = {
  scale: { type: 'string', default: '1' },
  runs: { type: 'string', default: '3' },
  files: { type: 'string', default: '20000' },
  cold: { type: 'boolean', default: false },
  pg: { type: 'string' },
} as const;

function environmentOptions(values: {
  scale: string;
  runs: string;
  files: string;
  cold: boolean;
  pg?: string | undefined;
}): EnvironmentBenchOptions {
  return {
    scale: positive('scale', values.scale),
    runs: wholeNumber('runs', values.runs),
    files: wholeNumber('files', values.files),
    cold: values.cold,
    ...(values.pg !== undefined && { pg: values.pg }),
  };
}

function positive(name: string, text: string): number {
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(text) || Number(text) === 0) {
    throw new Error(`--${name} is a number above 0, not "${text}".`);
  }
  return Number(text);
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} is a whole number above 0, not "${text}".`);
  return Number(text);
}
