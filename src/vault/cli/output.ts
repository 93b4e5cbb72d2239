import type { Finding, ProjectSummary } from '../check/finding.js';
import type { CommandWork } from './vault-tools.js';
import type { RepairStep } from '../repair/repair-project.js';

/** Prints what a command tells, for people or for machines, one line each, and remembers whether anything was wrong. */
export class Output {
  /** 0, or 1 when there is damage or something failed. */
  status: 0 | 1 = 0;
  private damaged = 0;
  private whole = 0;

  constructor(
    private readonly print: (line: string) => void,
    private readonly json: boolean,
  ) {}

  finding(finding: Finding): void {
    if (finding.severity === 'damage') this.status = 1;
    this.say({ type: 'finding', ...finding }, describe(finding));
  }

  step(step: RepairStep): void {
    if (step.kind === 'done') this.done(step.message);
    // What was found and has been mended is no reason to fail.
    else if (step.kind === 'found') this.say({ type: 'found', ...step.finding }, `found: ${describe(step.finding)}`);
    else this.finding(step.finding);
  }

  summary(summary: ProjectSummary): void {
    const { project, snapshots, packs, packsRead, findings } = summary;
    const damaged = snapshots.filter(({ state }) => state === 'damaged');
    if (damaged.length > 0) this.status = 1;
    this.damaged += damaged.length;
    this.whole += snapshots.length - damaged.length;
    for (const { snapshotId, reasons } of damaged) {
      if (!this.json) this.print(`snapshot ${snapshotId} is damaged: ${reasons.join(' ')}`);
    }
    const counts = `${findings.damage} damaged, ${findings.garbage} garbage, ${findings.note} notes`;
    this.say(
      { type: 'summary', ...summary },
      `Project ${project}: ${snapshots.length} snapshots, ${damaged.length} of them damaged; ${packs} packs, ${packsRead} read; ${counts}.`,
    );
  }

  verdict(): void {
    const { whole, damaged, status } = this;
    const text = `${whole} snapshots are whole, ${damaged} are damaged.${status === 0 ? '' : ' There is damage.'}`;
    this.say({ type: 'verdict', whole, damaged, status }, text);
  }

  done(message: string): void {
    this.say({ type: 'done', message }, message);
  }

  failure(message: string): void {
    this.status = 1;
    this.say({ type: 'failure', message }, message);
  }

  /** One line for people, one object for machines. */
  thing(type: string, facts: object, text: string): void {
    this.say({ type, ...facts }, text);
  }

  private say(value: object, text: string): void {
    this.print(this.json ? JSON.stringify(value) : text);
  }
}

/** What is done elsewhere and told here. */
export function workOf(out: Output, signal: AbortSignal): CommandWork {
  return { done: (message) => out.done(message), failure: (message) => out.failure(message), signal };
}

function describe({ severity, code, object, message, snapshotIds }: Finding): string {
  const hurts = snapshotIds === undefined ? '' : ` Hurts: ${snapshotIds.join(', ')}.`;
  return `${severity.padEnd(7)} ${code} ${object}: ${message}${hurts}`;
}
