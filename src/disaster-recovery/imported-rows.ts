import { randomUUID } from 'node:crypto';
import type { SnapshotTrigger } from '../contract/generated/types.gen.js';
import type { LeftOutSummary } from '../engine/capture/left-out-summary.js';
import { readOutcomeRecord } from '../engine/capture/outcome-record.js';
import { displayPath } from '../engine/filestore/paths/encoded-path.js';
import { ENVIRONMENT_TYPES } from '../projects/environments/environment-types.js';
import { learn, nothingKnown } from '../snapshots/restorability/restorability.js';
import { toColumns } from '../snapshots/restorability/restorability.dto.js';
import type { SnapshotOrigin } from '../vault/manifests/manifest.js';
import type { ManifestEnds } from '../vault/manifests/check-lines.js';
import type { ManifestSums } from '../vault/objects-alone/manifest-sums.js';

/** What the vault says of one snapshot. */
export interface ImportedManifest extends ManifestEnds {
  project: string;
  sums: ManifestSums;
  manifestBytes: number;
  /** By the store's clock. */
  publishedAt: Date;
  /** As the store says; null where it does not lock. */
  lockedUntil: Date | null;
}

/** Columns of a table by their names, as JSON. */
export type Row = Readonly<Record<string, unknown>>;

const TRIGGERS: readonly SnapshotTrigger[] = ['manual', 'pre_deploy', 'scheduled', 'safety'];
/** The longest name. */
const NAME_CHARACTERS = 100;

/** The row of a snapshot, as its capture would have left it. `base_snapshot_id` may name one that is not there. Pure. */
export function snapshotRow(manifest: ImportedManifest, environmentId: string): Row {
  const { header, footer, sums, project, manifestBytes, publishedAt } = manifest;
  const { origin, baseSnapshotId = null } = header;
  const { outcome } = footer;
  const record = readOutcomeRecord(outcome?.record);
  const known = toColumns(learn(nothingKnown, { event: 'captured', findings: outcome?.findings ?? [] }));
  const type = baseSnapshotId === null ? 'full' : 'differential';
  const reasons = type === 'full' ? [] : (record?.reasons ?? []);
  return {
    id: header.snapshotId,
    environment_id: environmentId,
    project_id: project,
    type,
    base_snapshot_id: baseSnapshotId,
    can_be_base: outcome?.canBeBase ?? false,
    trigger: TRIGGERS.find((one) => one === origin?.trigger) ?? 'manual',
    status: 'completed',
    label: origin?.label ?? null,
    database_bytes: sums.database?.databaseBytes ?? null,
    filestore_bytes: sums.filestore?.bytes ?? null,
    file_count: sums.filestore?.files ?? null,
    stored_bytes: outcome === undefined ? null : outcome.contentBytes + manifestBytes,
    read_bytes: outcome?.readBytes ?? null,
    carried_over_bytes: outcome?.carriedOverBytes ?? null,
    left_out: leftOutRow(sums),
    read_in_full: reasons.map(({ reason, tables }) => ({ tableCount: tables, reason })),
    server_version: sums.database?.serverVersion ?? null,
    database_properties: record?.properties ?? null,
    requirements:
      sums.database?.requirements === undefined ? null : (JSON.parse(sums.database.requirements) as unknown),
    requested_by: origin?.requestedBy ?? 'unknown',
    attempt: 1,
    warnings: sums.warnings,
    restorability: known.restorability,
    restorability_findings: known.restorabilityFindings,
    created_at: origin?.requestedAt ?? header.createdAt,
    started_at: header.createdAt,
    finished_at: publishedAt,
    locked_until: manifest.lockedUntil,
  };
}

/** How many files the rules have passed by is in no manifest. */
function leftOutRow({ leftOut }: ManifestSums): LeftOutSummary | null {
  if (leftOut === undefined) return null;
  return { ...leftOut, unreadable: leftOut.unreadable.map(displayPath), fileCount: null, directoryCount: null };
}

interface Seen {
  at: string;
  project: string;
  origin: SnapshotOrigin | undefined;
}

/**
 * The projects and environments of snapshots, by what the newest of each says. Those that manifests from before they said it leave
 * unknown get an environment of their own in each project, of the type that is protected most.
 */
export class ImportedPlaces {
  private readonly environments = new Map<string, Seen>();
  private readonly unknown = new Map<string, string>();

  /** `organization`: of projects that no manifest says one of. */
  constructor(private readonly organization: string) {}

  /** Takes note of where a snapshot comes from; returns the id of its environment. */
  add({ header, project }: Pick<ImportedManifest, 'header' | 'project'>): string {
    const { origin, createdAt } = header;
    const at = new Date(createdAt).toISOString();
    const id = origin?.environment.id ?? this.unknownOf(project);
    const seen = this.environments.get(id);
    if (seen === undefined || seen.at < at) this.environments.set(id, { at, project, origin });
    return id;
  }

  rows(now: Date): { projects: Row[]; environments: Row[] } {
    const newestFirst = [...this.environments].toSorted(([, one], [, other]) => (one.at < other.at ? 1 : -1));
    const projects = new Map<string, Row>();
    const names = new Names();
    for (const [, { project, origin }] of [...newestFirst.filter(([, seen]) => seen.origin), ...newestFirst]) {
      if (projects.has(project)) continue;
      const organization = origin?.organization ?? this.organization;
      const name = names.free(organization, origin?.project.name ?? `recovered ${project}`, project);
      projects.set(project, { id: project, organization, name, description: origin?.project.description ?? null });
    }
    const environments = newestFirst.map(([id, { project, origin }]) => {
      const { name = 'recovered', type, pool = 'default', labels = {} } = origin?.environment ?? {};
      return {
        id,
        project_id: project,
        name: names.free(project, name, id),
        type: ENVIRONMENT_TYPES.find((one) => one === type) ?? 'production',
        labels,
        pool,
        imported_at: now,
        retention_held: true,
      };
    });
    return { projects: [...projects.values()], environments };
  }

  private unknownOf(project: string): string {
    const known = this.unknown.get(project) ?? randomUUID();
    this.unknown.set(project, known);
    return known;
  }
}

/** No two things of one owner have one name; the newest keeps its own. */
class Names {
  private readonly taken = new Set<string>();

  free(owner: string, name: string, id: string): string {
    const isFree = (one: string) => !this.taken.has(JSON.stringify([owner, one]));
    const suffix = ` (${id})`;
    const chosen = isFree(name) ? name : name.slice(0, NAME_CHARACTERS - suffix.length).trimEnd() + suffix;
    this.taken.add(JSON.stringify([owner, chosen]));
    return chosen;
  }
}
