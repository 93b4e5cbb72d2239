import { parseArgs } from 'node:util';
import { missing } from '../../scripts/toolchains/tools.js';
import { operationsToReach } from './reached.js';
import { runFuzz } from './run-fuzz.js';
import { SHORT } from './short.js';

/*
 * Schemathesis against a real service: requests that it makes of the contract, valid ones and others, one by one and in a row as the
 * links of the contract lead. Exit status 1 when an answer is not what the contract says, or an operation was never done.
 */

const LONG = { places: 24, patienceSeconds: 900 };

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const requests = values.short ? SHORT.requests : Number(values.requests);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!Number.isInteger(requests) || requests < 1 || !Number.isInteger(seed)) {
  console.error('Usage: npm run fuzz -- --requests N --seed S, or --short');
  process.exit(2);
}
const [lacks] = missing(['python']);
if (lacks !== undefined) {
  console.error(`This needs ${lacks}: install it (Debian: apt-get install python3-venv), and start again.`);
  process.exit(2);
}
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());

console.log(`seed ${seed}, at least ${requests} requests`);
const began = Date.now();
const chosen = values.short ? SHORT : { ...LONG, requests };
const say = (text: string): void => void process.stderr.write(text);
const { tally, faults } = await runFuzz({ ...chosen, seed, signal: ending.signal, say });
console.log(`\n${tally.report()}\n\n${Math.round((Date.now() - began) / 1000)} s`);
const unreached = values.short ? [] : tally.unreached(operationsToReach());
if (unreached.length > 0) faults.push(`Never answered with 2xx: ${unreached.join(', ')}.`);
if (ending.signal.aborted) {
  console.log('Called off.');
  process.exit(130);
}
if (faults.length > 0) process.exitCode = 1;
console.log(faults.length > 0 ? `\nWRONG:\n${faults.join('\n')}` : 'Nothing is wrong.');
