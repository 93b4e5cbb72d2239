import { formatBytes } from '../collection/format-bytes.js';
import type { Found, FoundSnapshot, SnapshotSizes } from '../objects-alone/list-snapshots.js';
import type { Output } from './output.js';

/**
 * Tells what a vault holds: its projects, their environments, the snapshots of each, oldest first, and last of all what could
 * not be read. Names are those of the newest snapshot. It holds the snapshots of one project at a time.
 */
export class SnapshotListing {
  private project: string | undefined;
  private snapshots: FoundSnapshot[] = [];
  private total = 0;
  private unreadable = 0;

  constructor(private readonly out: Output) {}

  /** Those of a project one after the other. */
  add(each: Found): void {
    if ('unreadable' in each) {
      this.unreadable += 1;
      const { object, message } = each.unreadable;
      this.out.thing('unreadable', each.unreadable, `unreadable: ${object}: ${message}`);
      this.out.status = 1;
      return;
    }
    if ('project' in each) {
      this.tellProject();
      this.project = each.project;
    } else this.snapshots.push(each.found);
  }

  end(): void {
    this.tellProject();
    const { total: snapshots, unreadable } = this;
    const also = unreadable === 0 ? '' : `, ${unreadable} objects cannot be read`;
    this.project = undefined;
    this.out.thing('total', { snapshots, unreadable }, `${snapshots} snapshots${also}.`);
  }

  private tellProject(): void {
    const { project } = this;
    if (project === undefined) return;
    const oldestFirst = this.snapshots.toSorted((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1));
    this.snapshots = [];
    this.total += oldestFirst.length;
    const origin = oldestFirst.findLast(({ header }) => header.origin !== undefined)?.header.origin;
    const { organization = null } = origin ?? {};
    const name = origin?.project.name ?? null;
    this.out.thing(
      'project',
      { project, name, organization },
      `Project ${name === null ? '' : `${quoted(name)} `}${project}${organization === null ? '' : `, organization ${quoted(organization)}`}`,
    );
    for (const [environment, snapshots] of Map.groupBy(oldestFirst, ({ header }) => header.origin?.environment.id)) {
      this.tellEnvironment(project, environment ?? null, snapshots);
    }
  }

  private tellEnvironment(project: string, environment: string | null, snapshots: readonly FoundSnapshot[]): void {
    const known = snapshots.at(-1)?.header.origin?.environment;
    const { name = null, type = null, database = null, filestore = null } = known ?? {};
    const text =
      environment === null
        ? '  Environment unknown: these were taken before manifests said it'
        : `  Environment ${quoted(name ?? '')} ${environment}, ${type}: ${partsInWords(database, filestore)}`;
    this.out.thing('environment', { environment, project, name, environmentType: type, database, filestore }, text);
    for (const snapshot of snapshots) this.tellSnapshot(environment, snapshot);
  }

  private tellSnapshot(environment: string | null, snapshot: FoundSnapshot): void {
    const { project, snapshotId, header, footer, sizes } = snapshot;
    const { trigger = null, label = null, requestedBy = null } = header.origin ?? {};
    const baseSnapshotId = header.baseSnapshotId ?? null;
    const type = baseSnapshotId === null ? 'full' : 'differential';
    const findings = footer.outcome?.findings ?? [];
    const takenAt = timeOf(snapshot);
    const facts = { snapshot: snapshotId, project, environment, takenAt, snapshotType: type, baseSnapshotId };
    const words = [snapshotId, takenAt, type.padEnd(12), (trigger ?? '').padEnd(10), sizesInWords(sizes)];
    this.out.thing(
      'snapshot',
      { ...facts, trigger, label, requestedBy, ...sizes, findings },
      `    ${words.join('  ')}${label === null ? '' : `  ${quoted(label)}`}${findings.length === 0 ? '' : '  with findings'}`,
    );
  }
}

/** When it was taken: RFC 3339 in UTC, so that text order is the order in time. */
function timeOf({ header }: FoundSnapshot): string {
  return new Date(header.createdAt).toISOString();
}

/** In quotes, and nothing in it moves a terminal's cursor. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function partsInWords(database: boolean | null, filestore: boolean | null): string {
  return [...(database ? ['a database'] : []), ...(filestore ? ['a filestore'] : [])].join(' and ') || 'nothing';
}

function sizesInWords({ databaseBytes, filestoreBytes, fileCount }: SnapshotSizes): string {
  const parts = [
    ...(databaseBytes === null ? [] : [`database ${formatBytes(databaseBytes)}`]),
    ...(filestoreBytes === null ? [] : [`${fileCount} files ${formatBytes(filestoreBytes)}`]),
  ];
  return parts.join(', ');
}
