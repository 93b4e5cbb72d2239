import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENERATORS } from '../../scripts/generators/catalogue.js';
import { faultsOf, prove, warningsIn, type Proof } from '../../scripts/generators/prove.js';
import { differences, expected, seenIn } from '../../scripts/generators/seen.js';
import { withRows } from '../../scripts/generators/table.js';
import { missing } from '../../scripts/toolchains/tools.js';
import { startTestService, type TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';

/** Of those that take less than a minute together, an ordinary run draws one; `npm run contract:generators` has all there are. */
const QUICK = ['openapi-typescript', 'orval', 'oapi-codegen'];

// What they are and need is fetched the first time, once on each machine.
describe('the client of', { timeout: 600_000 }, () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });

  afterAll(() => service.stop());

  it.for(sampleOf(QUICK, 1))('%s does the main job', async (name, { skip }) => {
    const generator = GENERATORS.find((one) => one.name === name)!;
    const lacks = missing([...generator.needs, ...generator.compiler]);
    skip(lacks.length > 0, `${lacks.join(' and ')} is not on this machine.`);
    const proof = await prove(generator, { ...service, token: testToken() });
    expect(faultsOf(proof)).toEqual([]);
    expect(proof.newer).toEqual({ went: 'well' });
  });
});

describe('what a generator says', () => {
  const said = { stdout: 'Done.\n', stderr: '\u001b[33mWARN\u001b[0m  schema Thing is skipped\nINFO no warning\n' };

  it('is a warning wherever and in whatever colour it is said', () => {
    expect(warningsIn(said, [])).toEqual(['WARN  schema Thing is skipped', 'INFO no warning']);
  });

  it('is none when it is on the list', () => {
    expect(warningsIn(said, [{ said: /^INFO /, because: 'It is none.' }])).toEqual(['WARN  schema Thing is skipped']);
  });
});

describe('what a program saw', () => {
  const wanted = expected({ databaseHost: '127.0.0.1', sendsNull: true });

  it('is its last line', () => {
    expect(seenIn(`loading …\n${JSON.stringify(wanted)}\n`)).toEqual(wanted);
    expect(() => seenIn('loading …\n')).toThrow('no line of JSON at its end, but: loading …');
  });

  it('differs when a null is left out, a size is rounded, or a problem has no code', () => {
    const { failure: _, ...rest } = wanted;
    const seen = JSON.stringify({ ...rest, databaseBytes: 2_147_483_647, problem: { status: 404 } });
    expect(differences(seenIn(seen), wanted)).toEqual([
      'failure is undefined, not null',
      'databaseBytes is 2147483647, not 3000000000123',
      'problem is {"status":404}, not {"status":404,"code":"not-found"}',
    ]);
    expect(differences(wanted, wanted)).toEqual([]);
  });
});

describe('the table', () => {
  const document = 'Before.\n\n<!-- generators: begin -->\n<!-- generators: end -->\n\nAfter.\n';
  const names = ['orval', 'oapi-codegen'];
  const proofOf = (name: string, wrong?: string): Proof => ({
    generator: GENERATORS.find((one) => one.name === name)!,
    generates: { went: 'well' },
    compiles: wrong === undefined ? { went: 'well' } : { went: 'wrong', why: wrong },
    doesTheJob: wrong === undefined ? { went: 'well' } : { went: 'untried', why: 'the step before did not go well' },
    newer: wrong === undefined ? { went: 'well' } : { went: 'untried', why: 'the step before did not go well' },
    seconds: 1,
  });
  const rowsOf = (text: string): string[] => text.split('\n').filter((line) => /^\| (orval|oapi)/.test(line));

  it('has a row for each that was tried, in the order of the catalogue', () => {
    const text = withRows(document, [proofOf('oapi-codegen'), proofOf('orval')], names);
    expect(rowsOf(text).map((row) => row.split(' | ')[0])).toEqual(['| orval', '| oapi-codegen']);
    expect(text).toMatch(/^Before\.\n\n<!--[^]*-->\n\nAfter\.\n$/);
  });

  it('keeps the rows of those that were not, and takes the place of those that were', () => {
    const both = withRows(document, [proofOf('oapi-codegen'), proofOf('orval')], names);
    const [orval, other] = rowsOf(withRows(both, [proofOf('orval', 'a type | is gone\nat line 3')], names));
    expect(orval).toContain('| yes | **no**: a type \\| is gone | not tried: the step before did not go well |');
    expect(other).toBe(rowsOf(both)[1]);
  });

  it('has no row of a generator that is tried no more', () => {
    const both = withRows(document, [proofOf('oapi-codegen'), proofOf('orval')], names);
    expect(rowsOf(withRows(both, [], ['orval']))).toHaveLength(1);
  });

  it('needs a place', () => {
    expect(() => withRows('Nothing.\n', [], names)).toThrow('There is no place for a table');
  });
});
