import type { Command } from 'commander';
import { Option } from 'commander';
import { readFile } from 'node:fs/promises';
import type { EnvironmentUpdate, Exclude, NeutralizePaths, OnUnreadableFile } from '../../../sdk/typescript/index.js';
import { usage } from '../../outcome/outcome-error.js';

/** What is left out of snapshots, and what becomes of production's data, as options say it. Each list takes the place of the one there was. */
export interface RuleOptions {
  excludeTables?: string[];
  excludeRowsOf?: string[];
  excludePaths?: string[];
  excludeNothing?: boolean;
  onUnreadableFile?: OnUnreadableFile;
  neutralizeSql?: string;
  neutralizePaths?: string;
  allowUnneutralized?: boolean;
}

export function addRuleOptions(command: Command): Command {
  return command
    .option('--exclude-tables <pattern...>', 'leave these tables out of snapshots, definition and all')
    .option('--exclude-rows-of <pattern...>', 'leave the rows of these tables out; a rollback keeps the live ones')
    .option(
      '--exclude-paths <pattern...>',
      'leave these files out, as a .gitignore would; a rollback keeps the live ones',
    )
    .option('--exclude-nothing', 'leave nothing out any more')
    .addOption(new Option('--on-unreadable-file <what>', 'what becomes of a snapshot then').choices(['fail', 'warn']))
    .option('--neutralize-sql <file>', 'run the SQL of this file on data from production')
    .option(
      '--neutralize-paths <file>',
      'what becomes of files from production: a JSON list, as neutralizePaths has it',
    )
    .option('--allow-unneutralized', 'accept production data as it is')
    .option('--no-allow-unneutralized', 'do not');
}

/** What is said of these, with what is not said of `exclude` as it was. Rejects for a file that cannot be read, or is no JSON. */
export async function rulesFrom(
  options: RuleOptions,
  before: Exclude | null | undefined,
): Promise<
  Pick<EnvironmentUpdate, 'exclude' | 'onUnreadableFile' | 'neutralizeSql' | 'neutralizePaths' | 'allowUnneutralized'>
> {
  const { excludeTables, excludeRowsOf, excludePaths, excludeNothing, onUnreadableFile, allowUnneutralized } = options;
  const saysLists = [excludeTables, excludeRowsOf, excludePaths].some((list) => list !== undefined);
  if (saysLists && excludeNothing === true) throw usage('--exclude-nothing goes with no other --exclude.');
  const exclude = {
    tables: excludeTables ?? before?.tables ?? [],
    rowsOf: excludeRowsOf ?? before?.rowsOf ?? [],
    paths: excludePaths ?? before?.paths ?? [],
  };
  const { neutralizeSql: sql, neutralizePaths: paths } = options;
  return {
    ...(excludeNothing === true ? { exclude: null } : saysLists && { exclude }),
    ...(onUnreadableFile !== undefined && { onUnreadableFile }),
    ...(sql !== undefined && { neutralizeSql: await textOf(sql) }),
    ...(paths !== undefined && { neutralizePaths: await listOf(paths) }),
    ...(allowUnneutralized !== undefined && { allowUnneutralized }),
  };
}

async function listOf(file: string): Promise<NeutralizePaths> {
  const text = await textOf(file);
  try {
    // What it has to be, the service says.
    return JSON.parse(text) as NeutralizePaths;
  } catch {
    throw usage(`${file} is no JSON; write a list like [{"paths": ["*.pem"], "action": "remove"}].`);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usage(`${file} cannot be read: ${(error as Error).message}`);
  }
}
