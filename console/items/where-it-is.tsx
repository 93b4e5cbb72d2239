import { sqlName, type ItemRestore, type RestoredFile, type RestoredTable } from '../../sdk/typescript/index.js';
import { count } from '../ui/amounts.js';
import { CommandLine } from '../ui/command-line.js';
import { ExactName } from '../ui/exact-name.js';
import { isVisible } from '../ui/visible.js';

/** Where each thing is now, and how one looks at it. */
export function WhereItIs({ of: { files, tables } }: { of: ItemRestore }) {
  return (
    <ul className="flex flex-col gap-3 text-sm text-ink">
      {files.map((file) => (
        <li key={file.pathBase64 ?? file.path}>
          <FilePlace of={file} />
        </li>
      ))}
      {tables.map((table) => (
        <li key={JSON.stringify([table.schema, table.name])} className="flex flex-col gap-2">
          <TablePlace of={table} />
        </li>
      ))}
    </ul>
  );
}

function FilePlace({ of: { path, restoredAs, keptPrevious } }: { of: RestoredFile }) {
  if (restoredAs === null) return <ExactName name={path} />;
  return (
    <>
      <ExactName name={path} />{' '}
      {restoredAs === path ? (
        'is back under its own name'
      ) : (
        <>
          is there as{' '}
          <span className="font-medium">
            <ExactName name={restoredAs} />
          </span>
        </>
      )}
      {keptPrevious ? '; what was there is kept for an undo.' : '.'}
    </>
  );
}

function TablePlace({ of: { schema, name, restoredAs, rowCount, computedColumns } }: { of: RestoredTable }) {
  const called = <ExactName name={`${schema}.${name}`} />;
  if (restoredAs === null) return <span>{called}</span>;
  const sql = `SELECT * FROM ${sqlName(restoredAs)};`;
  return (
    <>
      <span>
        {called} is there{rowCount === null ? '' : ` with ${count(rowCount)} ${rowCount === 1 ? 'row' : 'rows'}`} as{' '}
        <span className="font-mono text-xs wrap-anywhere">
          <ExactName name={sqlName(restoredAs)} />
        </span>
        .
        {computedColumns.length > 0 && (
          <>
            {' '}
            The live table computes <ExactName name={computedColumns.join(', ')} /> itself: left out here.
          </>
        )}
      </span>
      {isVisible(sql) && <CommandLine text={sql} what="the SQL to look at it" />}
    </>
  );
}
