import { afterAll, beforeAll, describe, it } from 'vitest';
import { parse } from 'yaml';
import { widthOf } from '../../cli/output/fitted.js';
import { rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { KEYS } from './command-line.js';
import type { CommandLine, TerminalSession } from './command-line.js';
import { somebody } from './somebody.js';

const NAME = 'Größe 本番の環境・とても長い名前 …';
// oxlint-disable-next-line no-control-regex -- colours begin with one
const COLOURS = /\x1b\[[\d;]*m/;

let service: TestService;
let place: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { name: NAME });
  const { id: environmentId } = place.environment;
  const { id: snapshotId } = await takeSnapshot(client, environmentId, { label: `vor der großen Umstellung, ${NAME}` });
  await rollBack(client, environmentId, { snapshotId, createSafetySnapshot: false });
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

interface Question {
  args: string[];
  asked: RegExp;
  env?: NodeJS.ProcessEnv;
}

/** Of each kind: a secret, a yes or no, a name. */
const questions = (): readonly [Question, Question, Question] => [
  { args: ['login'], asked: /Token/, env: { SNAPBACK_TOKEN: '' } },
  { args: ['project', 'rm', place.project.id], asked: /Remove the project/ },
  { args: ['rollback', 'run', 'latest'], asked: /Type its name/ },
];

/** Presses Ctrl-C at the question. */
async function declined({ args, asked, env }: Question, more: NodeJS.ProcessEnv = {}): Promise<TerminalSession> {
  const session = snapback.terminal(args, { env: { ...env, ...more } });
  await session.until(asked);
  session.type(KEYS.ctrlC);
  await session.ended;
  return session;
}

describe.concurrent('a terminal of 40 columns', () => {
  it.for(['project list', 'env list', 'snapshot list', 'rollback logs', 'deploy list', 'retention plan'])(
    'has no line of "%s" that is longer',
    async (command, { expect }) => {
      const session = snapback.terminal(command.split(' '), { columns: 40 });
      const code = await session.ended;
      const lines = session.text.trimEnd().split('\n');
      expect({ code, long: lines.filter((line) => widthOf(line) > 40) }).toEqual({ code: 0, long: [] });
      expect(lines.length).toBeGreaterThan(1);
    },
  );

  it('has no progress that is longer: it could not be written over', async ({ expect }) => {
    const session = snapback.terminal(['snapshot', 'create', '--wait'], { columns: 40 });
    const code = await session.ended;
    const [progress = ''] = session.text.split('The snapshot ');
    const lines = progress.split(/(?= *\d+ %)/);
    expect({ code, long: lines.filter((line) => widthOf(line) > 40) }).toEqual({ code: 0, long: [] });
    expect(progress).toMatch(/\d+ %/);
  });
});

describe.concurrent('colours', () => {
  it('are in questions', async ({ expect }) => {
    expect((await declined(questions()[1])).raw).toMatch(COLOURS);
  });

  it.for([
    ['NO_COLOR, whatever it is set to', [], { NO_COLOR: '0' }],
    ['--no-color, also where colours are forced', ['--no-color'], { FORCE_COLOR: '1' }],
  ] as const)('are nowhere with %s', async ([, options, env], { expect }) => {
    const asked = questions().map((question) => declined({ ...question, args: [...options, ...question.args] }, env));
    const coloured = (await Promise.all(asked)).filter(({ raw }) => COLOURS.test(raw));
    expect(coloured.map(({ raw }) => raw)).toEqual([]);
  });
});

describe.concurrent('a locale without UTF-8', () => {
  const env = { LANG: 'C' };

  it('has nothing but ASCII at a terminal, in progress, plans and questions', async ({ expect }) => {
    const asked = questions().map((question) => declined(question, env));
    const waited = snapback.terminal(['snapshot', 'create', '--wait', '--label', 'é'], { env });
    const sessions = [...(await Promise.all(asked)), waited];
    expect(await waited.ended).toBe(0);
    // oxlint-disable-next-line no-control-regex -- all of ASCII is meant
    const beyond = sessions.flatMap(({ raw }) => raw.match(/[^\x00-\x7f]/g) ?? []);
    expect(beyond).toEqual([]);
    expect(waited.text).toMatch(/^#*\.+ +0 % {2}/);
    expect(sessions[2]!.text).toContain('Gr??e');
  });

  it('loses nothing in JSON and YAML', async ({ expect }) => {
    const show = (format: string) => snapback.run(['env', 'show', '--output', format], { env });
    const [json, yaml] = await Promise.all([show('json'), show('yaml')]);
    expect([JSON.parse(json.out), parse(yaml.out)]).toMatchObject([{ name: NAME }, { name: NAME }]);
    expect(`${json.out}${yaml.out}`).toMatch(/^[\n\x20-\x7e]*$/);
  });
});
