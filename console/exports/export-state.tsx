import { useExportProgress } from '../api/live.js';
import type { SnapshotExport } from '../../sdk/typescript/index.js';
import { LiveProgress } from '../progress/live-progress.js';
import { CommandLine } from '../ui/command-line.js';
import { Facts } from '../ui/facts.js';
import { Failed } from '../ui/failed.js';
import { EXPORT_PHASE } from '../ui/words.js';
import { FORMATS, LAYOUTS } from './export-asked.js';

export function isUnderWay({ status }: SnapshotExport): boolean {
  return status === 'queued' || status === 'running';
}

/** What runs, live; what was made, and by what it is told from another file; why there is none. */
export function ExportState({ of }: { of: SnapshotExport }) {
  const { id, environmentId, finding, fileName, sha256, layout, format, neutralizedFor, requestedBy } = of;
  const runs = isUnderWay(of);
  const { event, error } = useExportProgress(environmentId, runs ? id : undefined);
  return (
    <div className="flex flex-col gap-3">
      {error !== undefined && <Failed error={error} />}
      {runs && <LiveProgress event={event} phases={EXPORT_PHASE} />}
      {finding !== null && (
        <p className="text-sm wrap-anywhere text-ink">
          {finding.message} <code className="font-mono text-xs text-soft">{finding.code}</code>
        </p>
      )}
      <Facts
        of={{
          File: <span className="font-mono text-xs wrap-anywhere">{fileName}</span>,
          What: `${FORMATS[format].text}, ${LAYOUTS[layout].text}`,
          Data: neutralizedFor === null ? 'as it was captured' : 'made harmless',
          ...(sha256 !== null && { 'SHA-256': <span className="font-mono text-xs wrap-anywhere">{sha256}</span> }),
          'Asked for by': requestedBy,
        }}
      />
      {of.status === 'completed' && <CommandLine text={downloadCommand(of)} what="the command that downloads it" />}
    </div>
  );
}

/** What downloads it from a terminal; the id of the environment is one of its names. */
export function downloadCommand({ id, environmentId }: Pick<SnapshotExport, 'id' | 'environmentId'>): string {
  return `snapback exports get ${id.slice(0, 8)} --env ${environmentId}`;
}
