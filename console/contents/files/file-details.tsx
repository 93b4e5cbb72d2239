import { Link } from '@tanstack/react-router';
import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import type { Where } from '../../snapshot/naming.js';
import { bytes, count, exact } from '../../ui/amounts.js';
import { CommandLine } from '../../ui/command-line.js';
import { CopyButton } from '../../ui/copy-button.js';
import { ExactName } from '../../ui/exact-name.js';
import { Facts } from '../../ui/facts.js';
import { linkLook } from '../../ui/link.js';
import type { SnapshotIds } from '../contents-page.js';
import { downloadCommand } from '../download/naming.js';
import { placeOf } from '../file-path.js';
import { octal, permissions } from './permissions.js';

interface FileDetailsProps {
  file: SnapshotFile;
  ids: SnapshotIds;
  where: Where;
  /** Whether the page is about nothing else. */
  isAlone?: boolean;
}

/** All that is known of a file or a link. */
export function FileDetails({ file, ids, where, isAlone = false }: FileDetailsProps) {
  const { kind, path, pathBase64, sizeBytes, mode, uid, gid, modifiedAt, target, sha256 } = file;
  return (
    <Facts
      of={[
        [
          'Path',
          <span key="path">
            <ExactName name={path} /> <CopyButton text={path} what="the path" />
          </span>,
        ],
        pathBase64 !== null && [
          'Its bytes',
          <span key="bytes">
            <code className="font-mono text-xs">{pathBase64}</code> (base64: the path is no UTF-8)
          </span>,
        ],
        target !== null && ['Leads to', <ExactName key="target" name={target} />],
        sizeBytes !== null && ['Size', `${bytes(sizeBytes)} (${count(sizeBytes)} bytes)`],
        ['Changed', exact(new Date(modifiedAt), where.zone)],
        ['Permissions', `${permissions(mode)} (${octal(mode)})`],
        ['Owner and group', `${uid}, ${gid}`],
        sha256 !== null && [
          'SHA-256',
          <span key="sha256">
            <code className="font-mono text-xs">{sha256}</code> <CopyButton text={sha256} what="the SHA-256" />
          </span>,
        ],
        !isAlone && [
          'Link',
          <Link
            key="link"
            to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId/files"
            params={{ ...ids }}
            search={{ ...placeOf(file) }}
            className={linkLook}
          >
            a page of its own
          </Link>,
        ],
        kind === 'file' && [
          'By command',
          <CommandLine key="command" text={downloadCommand(file, ids.snapshotId, where)} what="the command" />,
        ],
      ]}
    />
  );
}
