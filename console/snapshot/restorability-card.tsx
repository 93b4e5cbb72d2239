import type { SnapshotDetails, Verification } from '../../sdk/typescript/index.js';
import { bytes, count, duration } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { Card } from '../ui/card.js';
import { Facts } from '../ui/facts.js';
import { Moment } from '../ui/moment.js';
import { RESTORABILITY, VERIFICATION_OUTCOME } from '../ui/words.js';
import { remedyOf } from './remedies.js';

/** What is known of whether it comes back: what speaks against it, with what to do, and what its newest verification found. */
export function RestorabilityCard({ snapshot, zone }: { snapshot: SnapshotDetails; zone: string }) {
  const { restorability, verification } = snapshot;
  if (restorability === null) return null;
  const { state, findings } = restorability;
  const { text, tone, about } = RESTORABILITY[state];
  return (
    <Card title="Does it come back?" aside={<Badge tone={tone}>{text}</Badge>}>
      {findings.length === 0 && verification === null && <p className="text-sm text-soft">{about}</p>}
      {findings.length > 0 && (
        <ul className="flex flex-col gap-3 text-sm">
          {findings.map((finding) => (
            <li key={`${finding.code} ${finding.message}`} className="border-l-2 border-edge pl-3">
              <p className="font-medium">{finding.message}</p>
              <p className="text-soft">{remedyOf(finding, state)}</p>
            </li>
          ))}
        </ul>
      )}
      {verification?.status === 'ended' && (
        <Verified verification={verification} zone={zone} hasFindings={findings.length > 0} />
      )}
    </Card>
  );
}

interface VerifiedProps {
  verification: Verification;
  zone: string;
  hasFindings: boolean;
}

function Verified({ verification, zone, hasFindings }: VerifiedProps) {
  const { outcome, finding, tableCount, rowCount, fileCount, filestoreBytes } = verification;
  const { requestedBy, startedAt, finishedAt } = verification;
  const took = startedAt === null || finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt);
  return (
    <div className={hasFindings ? 'mt-4 border-t pt-3' : ''}>
      <h3 className="mb-2 flex items-center gap-2 text-sm">
        Newest verification
        {outcome !== null && (
          <Badge tone={VERIFICATION_OUTCOME[outcome].tone}>{VERIFICATION_OUTCOME[outcome].text}</Badge>
        )}
      </h3>
      {finding !== null && <p className="mb-2 text-sm">{finding.message}</p>}
      <Facts
        of={[
          ['Ended', <Moment key="ended" at={finishedAt} zone={zone} />],
          ...(took === null ? [] : [['Took', duration(took)] as const]),
          ...(tableCount === null ? [] : [['Tables', count(tableCount)] as const]),
          ...(rowCount === null ? [] : [['Rows', count(rowCount)] as const]),
          ...(fileCount === null
            ? []
            : [
                [
                  'Files',
                  `${count(fileCount)}${filestoreBytes === null ? '' : ` (${bytes(filestoreBytes)})`}`,
                ] as const,
              ]),
          ['Asked for by', requestedBy],
        ]}
      />
    </div>
  );
}
