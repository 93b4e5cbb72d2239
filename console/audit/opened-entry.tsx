import { Link } from '@tanstack/react-router';
import type { AuditEntry } from '../../sdk/typescript/index.js';
import { exact } from '../ui/amounts.js';
import { CopyButton } from '../ui/copy-button.js';
import { Facts } from '../ui/facts.js';
import { linkLook } from '../ui/link.js';
import { OWN_ZONE } from '../ui/moment.js';
import { Notice } from '../ui/notice.js';
import { ChangedProperties } from './changed-properties.js';

/** All that an entry knows. */
export function OpenedEntry({ entry }: { entry: AuditEntry }) {
  const { actor, subjectId, subjectKind, requestId, sequence, hash, at, address, userAgent, operation } = entry;
  return (
    <div className="mt-2 mb-1 grid gap-x-8 gap-y-4 rounded-box bg-sunken p-4 lg:grid-cols-2">
      {entry.outcome === 'refused' ? <Refusal of={entry} /> : <ChangedProperties {...entry} />}
      <Facts
        of={{
          Operation: <code className="font-mono text-xs">{operation}</code>,
          At: exact(new Date(at), OWN_ZONE),
          'Number in the chain': <Copied text={String(sequence)} what="the number" />,
          Hash: <Copied text={hash} what="the hash" />,
          Request: requestId === null ? 'none' : <Copied text={requestId} what="the request id" />,
          From: address === null ? 'the service itself' : `${address}${userAgent === null ? '' : ` · ${userAgent}`}`,
          'More of': (
            <span className="flex flex-wrap gap-x-4">
              <Link to="/audit" search={{ actor }} className={linkLook}>
                this actor
              </Link>
              <Link to="/audit" search={{ operation }} className={linkLook}>
                this operation
              </Link>
              {subjectId !== null && (
                <Link to="/audit" search={{ subject: subjectId }} className={linkLook}>
                  this {subjectKind}
                </Link>
              )}
              {requestId !== null && (
                <Link to="/audit" search={{ request: requestId }} className={linkLook}>
                  this request
                </Link>
              )}
            </span>
          ),
        }}
      />
    </div>
  );
}

function Refusal({ of: { after } }: { of: AuditEntry }) {
  const { detail, code, times } = after ?? {};
  return (
    <Notice tone="warn" title="It was refused; nothing was changed.">
      {typeof detail === 'string' && <p className="mt-1">{detail}</p>}
      {typeof code === 'string' && <code className="mt-1 block font-mono text-xs">{code}</code>}
      {typeof times === 'number' && <p className="mt-1">{times} more times within seconds of it.</p>}
    </Notice>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 font-mono text-xs break-all">{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
