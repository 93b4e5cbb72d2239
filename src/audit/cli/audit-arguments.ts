import { parseArgs } from 'node:util';
import type { Expectation } from '../chain/verify-chain.js';

export const USAGE = `Usage: npm run audit -- COMMAND [OPTIONS]

  verify [--organization NAME] [--expect SEQUENCE:HASH]
                      Prove that no entry was changed, removed or doubled, chain by chain. With --expect, of one
                      organization, also that it still has the head that was written down ("" is the service itself).
  list [--organization NAME] [--actor NAME] [--operation NAME] [--since TIME] [--until TIME]
                      What was done and refused, of all organizations, oldest first.

  --json prints one JSON object a line.

The state database is the one that the service would use with the same environment (docs/configuration.md).
Exit status: 0 all is whole, 1 something is wrong or could not be read, 2 wrong usage.`;

export class AuditUsageError extends Error {
  override name = 'AuditUsageError';
}

export interface AuditArguments {
  command: 'verify' | 'list';
  json: boolean;
  organization?: string;
  expected?: Expectation;
  actor?: string;
  operation?: string;
  since?: Date;
  until?: Date;
}

const TAKES = {
  verify: ['organization', 'expect', 'json'],
  list: ['organization', 'actor', 'operation', 'since', 'until', 'json'],
} as const satisfies Record<AuditArguments['command'], readonly string[]>;

/** Throws `AuditUsageError`, whose message is one sentence. */
export function parseAuditArguments(argv: readonly string[]): AuditArguments {
  const { values, positionals } = parse([...argv]);
  const [command, ...more] = positionals;
  if ((command !== 'verify' && command !== 'list') || more.length > 0) throw new AuditUsageError('Name one command.');
  const taken: readonly string[] = TAKES[command];
  const stranger = Object.keys(values).find((name) => !taken.includes(name));
  if (stranger !== undefined) throw new AuditUsageError(`${command} takes no --${stranger}.`);
  const { organization, actor, operation } = values;
  if (values.expect !== undefined && organization === undefined)
    throw new AuditUsageError('--expect needs --organization: every one has a head of its own.');
  const [since, until] = [timeOf('since', values.since), timeOf('until', values.until)];
  const expected = values.expect === undefined ? undefined : headOf(values.expect);
  return {
    ...{ command, json: values.json === true },
    ...(organization !== undefined && { organization }),
    ...(expected && { expected }),
    ...(actor !== undefined && { actor }),
    ...(operation !== undefined && { operation }),
    ...(since && { since }),
    ...(until && { until }),
  };
}

function headOf(text: string): Expectation {
  const [, sequence, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence !== undefined && hash !== undefined) return { sequence: Number(sequence), hash };
  throw new AuditUsageError('--expect takes a head as it was logged: SEQUENCE:HASH.');
}

function timeOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new AuditUsageError(`--${name} takes a time, such as 2026-11-23T00:00:00Z (not "${text}").`);
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ organization: text, expect: text, actor: text, operation: text, since: text, until: text },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new AuditUsageError(error instanceof Error ? error.message : String(error));
  }
}
