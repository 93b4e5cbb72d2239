import type { LeftOut } from '../../sdk/typescript/index.js';
import { count } from '../ui/amounts.js';
import { ExactName } from '../ui/exact-name.js';

type Named = LeftOut['rowsOf'];

/** What was there and is not in the snapshot, and what a rollback does about it. */
export function LeftOutOfIt({ of }: { of: LeftOut }) {
  const { rules, rowsOf, rowsOfCount, tables, tableCount, fileCount, directoryCount, unreadable, unreadableCount } = of;
  const { paths = [] } = rules;
  return (
    <section aria-label="Left out" className="mt-4 border-t pt-3 text-sm">
      <h3>Left out</h3>
      <ul className="mt-1 list-disc pl-5">
        {rowsOfCount > 0 && (
          <li>
            The rows of <Names of={rowsOf} all={rowsOfCount} />; a rollback keeps those that are live.
          </li>
        )}
        {tableCount > 0 && (
          <li>
            The tables <Names of={tables} all={tableCount} />; after a rollback they are gone, until it is undone.
          </li>
        )}
        {paths.length > 0 && (
          <li>
            {passedBy(fileCount, directoryCount)} by{' '}
            {paths.map((pattern) => (
              <code key={pattern} className="mr-2 font-mono text-xs">
                <ExactName name={pattern} />
              </code>
            ))}
            ; a rollback keeps those that are live.
          </li>
        )}
        {unreadableCount > 0 && (
          <li>
            <span className="numbers">{count(unreadableCount)}</span> that the worker could not read, such as{' '}
            {unreadable.map((path) => (
              <code key={path} className="mr-2 font-mono text-xs">
                <ExactName name={path} />
              </code>
            ))}
          </li>
        )}
      </ul>
    </section>
  );
}

function passedBy(files: number | null, directories: number | null): string {
  if (files === null || directories === null) return 'Files and directories';
  return `${count(directories)} ${directories === 1 ? 'directory' : 'directories'} and ${count(files)} ${files === 1 ? 'file' : 'files'} besides`;
}

function Names({ of, all }: { of: Named; all: number }) {
  const shown = of.slice(0, 20);
  return (
    <>
      {shown.map(({ schema, name }) => (
        <span key={JSON.stringify([schema, name])} className="mr-2 font-mono text-xs">
          <ExactName name={`${schema}.${name}`} />
        </span>
      ))}
      {all > shown.length && `and ${count(all - shown.length)} more`}
    </>
  );
}
