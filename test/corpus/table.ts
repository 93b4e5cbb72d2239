import { type DatabaseResult, STEPS, type StepResult } from './results.js';

const REASONS_SHOWN = 6;

/** One line for each database and role; what is not `same` is explained below. */
export function table(results: readonly DatabaseResult[]): string {
  const lines = [
    `| database | role | ${STEPS.join(' | ')} | control |`,
    `| --- | --- | ${STEPS.map(() => '---').join(' | ')} | --- |`,
    ...results.map(lineOf),
  ];
  return lines.join('\n');
}

function lineOf(result: DatabaseResult): string {
  const { database, role, missing, error, steps, control } = result;
  if (missing !== undefined) return `| ${database} | ${role} | not here |${' |'.repeat(STEPS.length - 1)} |`;
  if (error !== undefined && Object.keys(steps).length === 0)
    return `| ${database} | ${role} | **error** |${' |'.repeat(STEPS.length - 1)} |`;
  const cells = STEPS.map((step) => wordOf(steps[step]));
  return `| ${database} | ${role} | ${cells.join(' | ')} | ${control?.outcome ?? ''} |`;
}

function wordOf(step: StepResult | undefined): string {
  if (step === undefined) return '';
  if (step.outcome === 'differs' || step.outcome === 'failed')
    return step.shared ? `${step.outcome} (control too)` : `**${step.outcome}**`;
  return step.outcome;
}

/** What differs, failed or was warned of, and what the control said, in a list. */
export function explanations(results: readonly DatabaseResult[]): string[] {
  return results.flatMap((result) => {
    const { database, role, missing, error, control } = result;
    if (missing !== undefined) return [`- **${database}**, ${role}: not here: ${missing}`];
    const steps = STEPS.flatMap((step) => {
      const found = result.steps[step];
      if (found === undefined || found.reasons.length === 0) return [];
      return [`- **${database}**, ${role}, ${step}: ${wordOf(found)}. ${some(found.reasons)}`];
    });
    if (error !== undefined) steps.push(`- **${database}**, ${role}: could not be gone through: \`${error}\``);
    if (control !== undefined && control.errors !== undefined)
      steps.push(`- **${database}**, ${role}, control: failed. ${some([control.errors])}`);
    return steps;
  });
}

/** A pipe would end a cell, a star would begin emphasis. */
function some(reasons: readonly string[]): string {
  const more = reasons.length > REASONS_SHOWN ? ` And ${reasons.length - REASONS_SHOWN} more.` : '';
  const shown = reasons.slice(0, REASONS_SHOWN).map((reason) => `\`${reason.replaceAll('`', "'")}\``);
  return shown.join('; ') + more;
}
