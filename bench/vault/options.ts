import { parseArgs } from 'node:util';

export interface VaultBenchOptions {
  files: number;
  runs: number;
  /** Leaves in memory what the system has read, where it would be dropped before each run. */
  warm: boolean;
  /** Measures the time per file with many more files, too; see `measurePerFile`. */
  perFile: boolean;
}

/** `--files N` (20,000 unless told), `--runs N` (3), `--warm` and `--per-file`. Throws a sentence. */
export function parseVaultBenchOptions(args: readonly string[]): VaultBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      files: { type: 'string', default: '20000' },
      runs: { type: 'string', default: '3' },
      warm: { type: 'boolean', default: false },
      'per-file': { type: 'boolean', default: false },
    },
  });
  return {
    files: positive('files', values.files),
    runs: positive('runs', values.runs),
    warm: values.warm,
    perFile: values['per-file'],
  };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} is a whole number above 0, not "${text}".`);
  return Number(text);
}
