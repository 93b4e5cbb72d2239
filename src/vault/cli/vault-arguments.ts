import { parseArgs } from 'node:util';

export const USAGE = `Usage: snapback-vault COMMAND [OPTIONS]

From the bucket or directory and the master key alone:

  list [--project ID]                       Projects, environments and snapshots, with sizes.
  extract --snapshot ID --to DIR            A snapshot as files, and as what psql and pg_restore load: DIR/load.sh.
          [--project ID] [--files-as tree|tar]
          --replica: of what lies in the replica (REPLICA_DIRECTORY, REPLICA_S3_…) instead of the vault.
  import                                    Projects, environments and snapshots into an empty database of the
                                            service, without secrets; see docs/recovery.md.

With the catalogue, in the database of the service:

  check [--project ID] [--read [PERCENT]]   Look whether everything is there; with --read, read every byte
                                            of all packs and contents, or of so many of a hundred.
  repair [--project ID]                     Bring back what can be brought back, then say what is damaged.
  rebuild [--project ID]                    Make the catalogue anew from the objects alone. Ends captures.
  collect [--project ID] [--plan]           Remove garbage; with --plan, only say what would be removed and why.
  drop --project ID --snapshot ID           Make a snapshot unreadable for ever: one the service does not know.
  rotate-key --new-key-file FILE            Wrap all projects' keys by the master key in FILE.

  --json prints one JSON object a line.

The vault is the one that the service would use with the same environment (docs/configuration.md).
Exit status: 0 all is whole, 1 damage was found or something failed, 2 wrong usage.`;

/** What was asked for cannot be understood; the message says why. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const STORE_COMMAND_NAMES = ['list', 'extract'] as const;
export type StoreCommandName = (typeof STORE_COMMAND_NAMES)[number];
const CATALOGUE_COMMAND_NAMES = ['import', 'check', 'repair', 'rebuild', 'collect', 'drop', 'rotate-key'] as const;
export type CatalogueCommandName = (typeof CATALOGUE_COMMAND_NAMES)[number];
export type VaultCommandName = StoreCommandName | CatalogueCommandName;
const COMMANDS: readonly VaultCommandName[] = [...STORE_COMMAND_NAMES, ...CATALOGUE_COMMAND_NAMES];

export function isOfStore(command: VaultCommandName): command is StoreCommandName {
  return STORE_COMMAND_NAMES.some((name) => name === command);
}

export interface VaultArguments {
  command: VaultCommandName;
  json: boolean;
  plan: boolean;
  readPercent: number;
  project?: string;
  snapshot?: string;
  newKeyFile?: string;
  /** Where `extract` writes to. */
  to?: string;
  filesAs: 'tree' | 'tar';
  /** What is read is the replica. */
  replica: boolean;
}

/** Options a command takes besides --json. */
const TAKES: Record<VaultCommandName, readonly string[]> = {
  check: ['project', 'read'],
  repair: ['project'],
  rebuild: ['project'],
  collect: ['project', 'plan'],
  drop: ['project', 'snapshot'],
  'rotate-key': ['new-key-file'],
  list: ['project', 'replica'],
  extract: ['project', 'snapshot', 'to', 'files-as', 'replica'],
  import: [],
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PERCENT = /^\d{1,3}(\.\d+)?$/;

/** Whether it is asked how the program is used. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv.some((word) => ['--help', '-h', 'help'].includes(word));
}

/** Throws `UsageError`. */
export function parseVaultArguments(argv: readonly string[]): VaultArguments {
  const { values, positionals } = parse(withReadValue(argv));
  const [name, ...more] = positionals;
  const command = COMMANDS.find((one) => one === name);
  if (command === undefined || more.length > 0) throw new UsageError('Name one command.');
  for (const option of Object.keys(values)) {
    if (option !== 'json' && !TAKES[command].includes(option)) throw new UsageError(`${command} takes no --${option}.`);
  }
  const { project, snapshot } = values;
  for (const id of [project, snapshot]) {
    if (id !== undefined && !UUID.test(id)) throw new UsageError(`"${id}" is no lower-case UUID.`);
  }
  const newKeyFile = values['new-key-file'];
  if (command === 'rotate-key' && newKeyFile === undefined) throw new UsageError('rotate-key needs --new-key-file.');
  if (command === 'drop' && (project === undefined || snapshot === undefined)) {
    throw new UsageError('drop needs --project and --snapshot.');
  }
  const { to } = values;
  if (command === 'extract' && (snapshot === undefined || !to))
    throw new UsageError('extract needs --snapshot and --to.');
  const filesAs = values['files-as'] ?? 'tree';
  if (filesAs !== 'tree' && filesAs !== 'tar') throw new UsageError('--files-as takes tree or tar.');
  return {
    command,
    filesAs,
    json: values.json === true,
    plan: values.plan === true,
    replica: values.replica === true,
    readPercent: percent(values.read),
    ...(project === undefined ? {} : { project }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(newKeyFile === undefined ? {} : { newKeyFile }),
    ...(to === undefined ? {} : { to }),
  };
}

/** `--read` may stand alone. */
function withReadValue(argv: readonly string[]): string[] {
  return argv.flatMap((word, at) => (word === '--read' && !PERCENT.test(argv[at + 1] ?? '') ? [word, '100'] : [word]));
}

function percent(text: string | undefined): number {
  if (text === undefined) return 0;
  const value = PERCENT.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 100) return value;
  throw new UsageError('--read takes a percentage above 0 and up to 100.');
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        plan: { type: 'boolean' },
        replica: { type: 'boolean' },
        project: { type: 'string' },
        snapshot: { type: 'string' },
        read: { type: 'string' },
        'new-key-file': { type: 'string' },
        to: { type: 'string' },
        'files-as': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
