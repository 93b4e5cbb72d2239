import { readFile } from 'node:fs/promises';
import { Contract } from '../../src/contract/contract.js';

/** One request, as the hooks wrote it down. */
interface Sent {
  phase: string | null;
  /** Null for a method that the path does not have. */
  operation: string | null;
  /** Null when there was no answer. */
  status: number | null;
}

/** What was sent, and how it was answered. */
export class Tally {
  private constructor(private readonly sent: readonly Sent[]) {}

  /** Empty when nothing was sent. */
  static async read(path: string): Promise<Tally> {
    const text = await readFile(path, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    return new Tally(lines.map((line) => JSON.parse(line) as Sent));
  }

  get requests(): number {
    return this.sent.length;
  }

  phases(): Map<string, number> {
    return counted(this.sent.map(({ phase }) => phase ?? 'other'));
  }

  statuses(): Map<string, number> {
    return counted(this.sent.map(({ status }) => String(status ?? 'no answer')));
  }

  /** Of each operation of the contract: requests, and those that were answered with 2xx. */
  operations(): { id: string; requests: number; successes: number }[] {
    return [...Contract.load().operations.keys()].map((id) => {
      const own = this.sent.filter(({ operation }) => operation === id);
      const successes = own.filter(({ status }) => status !== null && status >= 200 && status < 300).length;
      return { id, requests: own.length, successes };
    });
  }

  /** The operations among these that were never answered with 2xx. */
  unreached(wanted: readonly string[]): string[] {
    const reached = this.operations().filter(({ successes }) => successes > 0);
    return wanted.filter((id) => !reached.some((operation) => operation.id === id));
  }

  report(): string {
    const line = (counts: Map<string, number>): string =>
      [...counts]
        .toSorted()
        .map(([name, count]) => `${name} ${count}`)
        .join(', ');
    return [
      `${this.requests} requests: ${line(this.phases())}`,
      `answered with: ${line(this.statuses())}`,
      '',
      `${'operation'.padEnd(26)}${'requests'.padStart(9)}${'2xx'.padStart(7)}`,
      ...this.operations().map(
        ({ id, requests, successes }) =>
          `${id.padEnd(26)}${String(requests).padStart(9)}${String(successes).padStart(7)}`,
      ),
    ].join('\n');
  }
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
