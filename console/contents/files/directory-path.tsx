import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { ExactName } from '../../ui/exact-name.js';
import { linkLook } from '../../ui/link.js';
import type { SnapshotIds } from '../contents-page.js';
import { crumbsOf, type FilePath } from '../file-path.js';

interface DirectoryPathProps {
  ids: SnapshotIds;
  at: FilePath;
}

/** Which directory this is, and the way back up. */
export function DirectoryPath({ ids, at }: DirectoryPathProps) {
  const here = useRef<HTMLElement>(null);
  const key = JSON.stringify([at.path, at.pathBase64]);
  const toldOf = useRef(key);
  // What was pressed is gone with the directory that it was in: whoever works by keyboard, or listens, goes on from the name of the new one.
  useEffect(() => {
    if (toldOf.current === key) return;
    toldOf.current = key;
    here.current?.focus({ preventScroll: true });
  }, [key]);
  const crumbs = [{ name: 'Filestore', at: {} as FilePath, isRoot: true }, ...crumbsOf(at)];
  return (
    <nav aria-label="Directory">
      <ol className="flex flex-wrap items-baseline gap-x-1.5 gap-y-1">
        {crumbs.map(({ name, at: place, ...crumb }, index) => (
          <li key={JSON.stringify(place)} className="flex min-w-0 items-baseline gap-x-1.5">
            {index > 0 && (
              <span aria-hidden className="text-soft">
                /
              </span>
            )}
            {index === crumbs.length - 1 ? (
              <span ref={here} tabIndex={-1} aria-current="page" className="rounded-small font-semibold outline-none">
                <Crumb name={name} isRoot={'isRoot' in crumb} />
              </span>
            ) : (
              <DirectoryLink ids={ids} at={place}>
                <Crumb name={name} isRoot={'isRoot' in crumb} />
              </DirectoryLink>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** The filestore is called so by us; all else by whoever made it. */
function Crumb({ name, isRoot }: { name: string; isRoot: boolean }) {
  return isRoot ? name : <ExactName name={name} />;
}

/** The directories above are not where one is. */
const EXACT = { exact: true };

interface DirectoryLinkProps extends DirectoryPathProps {
  children: ReactNode;
}

export function DirectoryLink({ ids, at, children }: DirectoryLinkProps) {
  return (
    <Link
      to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/files"
      params={{ ...ids }}
      search={{ ...at }}
      activeOptions={EXACT}
      className={linkLook}
    >
      {children}
    </Link>
  );
}
