import { isCancel, password as askPassword } from '@clack/prompts';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { DatabaseInput, Environment } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { interrupted, usage } from '../../outcome/outcome-error.js';
import { visible } from '../../output/visible.js';
import { positive } from '../options.js';
import { textFromInput } from '../text-from-input.js';

/** Where the parts of an environment are, as options say it. Secrets are no options: whoever lists processes would read them. */
export interface PlaceOptions {
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  tls?: 'disable' | 'require' | 'verify-full';
  passwordStdin?: boolean;
  databaseVariable?: string;
  databaseFile?: string;
  files?: string;
}

const TLS = ['disable', 'require', 'verify-full'] as const;

export function addPlaceOptions(command: Command): Command {
  return command
    .option('--host <host>', 'where its PostgreSQL is (PGHOST)')
    .option('--port <port>', 'its port (PGPORT)', positive)
    .option('--database <name>', 'the database (PGDATABASE)')
    .option('--user <role>', 'the role that owns it (PGUSER)')
    .option(
      '--password-stdin',
      'read the password of the role from standard input; else PGPASSWORD, or it is asked for',
    )
    .option('--tls <mode>', `how the connection is encrypted: ${TLS.join(', ')}`, tlsMode)
    .option(
      '--database-variable <name>',
      "in place of these: the variable of the workers' environment that holds the URL",
    )
    .option('--database-file <path>', "or the file below the workers' SECRETS_ROOT that holds it")
    .option('--files <directory>', 'the directory of its files, as the service sees it');
}

/** Undefined where nothing is said of a database. The variables of PostgreSQL's own programs fill in what is left out. */
export async function databaseFrom(
  run: Invocation,
  options: PlaceOptions,
  { askForPassword = true } = {},
): Promise<DatabaseInput | undefined> {
  const { databaseVariable, databaseFile } = options;
  if (databaseVariable !== undefined) return { kind: 'variable', env: databaseVariable };
  if (databaseFile !== undefined) return { kind: 'file', file: databaseFile };
  const { environment } = run;
  const database = options.database ?? environment['PGDATABASE'];
  if (database === undefined) {
    if (options.host === undefined && options.user === undefined) return undefined;
    throw usage('Say which database: --database NAME');
  }
  if (/^postgres(ql)?:\/\//.test(database))
    throw usage('--database takes the name alone; the rest are --host, --port and --user.');
  const user = options.user ?? environment['PGUSER'];
  if (user === undefined) throw usage('Say which role owns the database: --user NAME');
  const port = options.port ?? (environment['PGPORT'] === undefined ? undefined : positive(environment['PGPORT']));
  const password = await passwordFrom(run, options, user, askForPassword);
  return {
    kind: 'connection',
    host: options.host ?? environment['PGHOST'] ?? 'localhost',
    ...(port !== undefined && { port }),
    database,
    user,
    ...(password !== undefined && { password }),
    ...(options.tls !== undefined && { tls: options.tls }),
  };
}

async function passwordFrom(
  { environment, terminal }: Invocation,
  { passwordStdin }: PlaceOptions,
  user: string,
  ask: boolean,
): Promise<string | undefined> {
  if (passwordStdin === true) return textFromInput('the password');
  if (environment['PGPASSWORD'] !== undefined) return environment['PGPASSWORD'];
  if (!ask || !terminal.canAsk) return undefined;
  const answer = await askPassword({
    message: `Password of the role ${visible(user)} (empty: it has none)`,
    output: terminal.questions,
  });
  if (isCancel(answer)) throw interrupted('Nothing was changed.');
  return answer === undefined || answer === '' ? undefined : answer;
}

/** `shop on db.internal:5432`, or where the URL stands. */
export function placeOf({ database }: Pick<Environment, 'database'>): string {
  if (database === null || database === undefined) return '';
  if (database.kind === 'connection') return `${database.database} on ${database.host}:${database.port}`;
  if (database.kind === 'variable') return `in ${database.env}`;
  if (database.kind === 'file') return `in the file ${database.file}`;
  // A newer service may know more kinds.
  return (database as { kind: string }).kind;
}

function tlsMode(text: string): (typeof TLS)[number] {
  const mode = TLS.find((each) => each === text);
  if (mode === undefined) throw new InvalidArgumentError(`It is one of ${TLS.join(', ')}.`);
  return mode;
}
