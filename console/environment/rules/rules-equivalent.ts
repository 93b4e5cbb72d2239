import type { Environment, EnvironmentUpdate } from '../../../sdk/typescript/index.js';
import { shellWord, type Equivalent } from '../../ui/equivalents.js';

/** What does the same: texts and lists of rules are files to the command line. */
export function rulesEquivalent(base: Environment, environmentName: string, changes: EnvironmentUpdate): Equivalent {
  return {
    ...(!takesAway(base, changes) && {
      command: ['snapback env update', shellWord(environmentName), ...optionsOf(changes)].join(' '),
    }),
    method: 'PATCH',
    path: `/projects/${base.projectId}/environments/${base.id}`,
    body: changes,
  };
}

/** The command line has no word for taking one list or rule away and leaving the others. */
function takesAway({ exclude }: Environment, changes: EnvironmentUpdate): boolean {
  const lists = ['tables', 'rowsOf', 'paths'] as const;
  const isEmptied = lists.some((list) => changes.exclude?.[list]?.length === 0 && (exclude?.[list]?.length ?? 0) > 0);
  return isEmptied || changes.neutralizeSql === null || changes.neutralizePaths === null;
}

function optionsOf({ exclude, onUnreadableFile, ...neutralize }: EnvironmentUpdate): string[] {
  return [
    ...(exclude === null ? ['--exclude-nothing'] : excludeOptions(exclude)),
    ...(onUnreadableFile === undefined ? [] : [`--on-unreadable-file ${onUnreadableFile}`]),
    ...neutralizeOptions(neutralize),
  ];
}

function excludeOptions(exclude: EnvironmentUpdate['exclude']): string[] {
  const lists = [
    ['--exclude-tables', exclude?.tables],
    ['--exclude-rows-of', exclude?.rowsOf],
    ['--exclude-paths', exclude?.paths],
  ] as const;
  return lists.flatMap(([option, patterns = []]) =>
    patterns.length === 0 ? [] : [`${option} ${patterns.map(shellWord).join(' ')}`],
  );
}

export function neutralizeOptions(
  rules: Pick<EnvironmentUpdate, 'neutralizeSql' | 'neutralizePaths' | 'allowUnneutralized'>,
): string[] {
  const { neutralizeSql, neutralizePaths, allowUnneutralized } = rules;
  return [
    ...(neutralizeSql == null ? [] : ['--neutralize-sql neutralize.sql']),
    ...(neutralizePaths == null ? [] : ['--neutralize-paths neutralize-paths.json']),
    ...(allowUnneutralized === undefined ? [] : [`--${allowUnneutralized ? '' : 'no-'}allow-unneutralized`]),
  ];
}
