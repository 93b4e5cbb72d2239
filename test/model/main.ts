import { parseArgs } from 'node:util';
import { postgresOfMajor } from '../corpus/other-postgres.js';
import { runModel } from './model.js';

const REPORT_EVERY = 100;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string' }, pg: { type: 'string' } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error('Usage: npm run model -- --rounds N --seed S [--pg MAJOR]');
  process.exit(2);
}
if (values.pg !== undefined) process.env['PG_BIN'] = await postgresOfMajor(values.pg);
console.log(`seed ${seed}, ${rounds} rounds`);
const { statistics, outcomes, failure } = await runModel({
  rounds,
  seed,
  onRound: ({ rounds: done }) => {
    if (done % REPORT_EVERY === 0) console.log(`${done} rounds`);
  },
});
if (failure) {
  console.log(`\nRound ${failure.round} of seed ${seed} is not right:`);
  console.log(failure.error);
  console.log(`\nIts changes:\n${failure.log.join('\n')}\n`);
}
console.log(statistics.report(outcomes));
process.exitCode = failure ? 1 : 0;
