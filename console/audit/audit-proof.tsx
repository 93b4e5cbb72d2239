import type { AuditEntry } from '../../sdk/typescript/index.js';
import { useAccess } from '../session/use-access.js';
import { Card } from '../ui/card.js';
import { CommandLine } from '../ui/command-line.js';
import { shellWord } from '../ui/equivalents.js';

/** How one finds out whether somebody with the database in their hands has changed what happened. */
export function AuditProof({ newest }: { newest: AuditEntry | undefined }) {
  const organization = useAccess()?.organization;
  const expected =
    newest === undefined || organization === undefined
      ? undefined
      : `npm run audit -- verify --organization ${shellWord(organization)} --expect ${newest.sequence}:${newest.hash}`;
  return (
    <Card title="How do I know that nothing was changed here?">
      <div className="flex max-w-3xl flex-col gap-3 text-sm">
        <p>
          Each entry holds the hash of the one before it: none can be changed or taken away without all that follow
          being wrong. Who operates the service proves it, on the machine of the service:
        </p>
        <CommandLine text="npm run audit -- verify" what="the command that verifies" />
        {expected !== undefined && (
          <>
            <p>
              Keep this line somewhere else. Later it proves that the newest entry you see now is still there as it is,
              also against somebody who writes the whole chain anew:
            </p>
            <CommandLine text={expected} what="the command that verifies from here" />
          </>
        )}
      </div>
    </Card>
  );
}
