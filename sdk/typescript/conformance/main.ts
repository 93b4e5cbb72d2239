import { answerCases } from './answer-cases.js';
import { exportCases } from './export-cases.js';
import { gateCases } from './gate-cases.js';
import { requestCases } from './request-cases.js';
import { Stage } from './stage.js';
import type { Case } from './stage.js';
import { streamCases } from './stream-cases.js';
import { versionCases } from './version-cases.js';

// The program of this SDK for the list in sdk/conformance. ONLY=retries,gate runs some of its cases.

const TIMEOUT_MS = 120_000;

const cases: Record<string, Case> = {
  ...answerCases,
  ...versionCases,
  ...requestCases,
  ...streamCases,
  ...gateCases,
  ...exportCases,
};
const only = process.env['ONLY']?.split(',');
const stage = new Stage(process.env);
for (const [name, run] of Object.entries(cases)) {
  if (only !== undefined && !only.includes(name)) continue;
  await stage.reset();
  console.log(JSON.stringify({ case: name, ...(await outcomeOf(run)) }));
}

async function outcomeOf(run: Case): Promise<{ ok: boolean; detail: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It came to no end.')), TIMEOUT_MS);
  });
  try {
    return { ok: true, detail: await Promise.race([run(stage), late]) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
