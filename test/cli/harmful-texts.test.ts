import { afterAll, beforeAll, describe, it } from 'vitest';
import { parse } from 'yaml';
import { rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { eachObject, startChangedAnswers } from './changed-answers.js';
import type { ChangedAnswers } from './changed-answers.js';
import { KEYS } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { READS, wordsOf } from './reads.js';
import { somebody } from './somebody.js';

/** Clears a screen, renames a window, in one character and in two, rings, and turns the direction of reading. */
const HARM = '\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u061c\u2066\u200b\u{e0041}';
/** All that a terminal may interpret, besides the end of a line. */
const INTERPRETED = /(?!\n)[\p{Cc}\p{Bidi_Control}\u200b\u{e0000}-\u{e0fff}]/u;
/** By these the program finds its way. */
const KEPT = /^[0-9a-f]{8}-[0-9a-f-]{27}$|^\d{4}-\d\d-\d\dT/;

let service: TestService;
let place: TestEnvironment;
let names: Record<string, string>;
let hostile: ChangedAnswers;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  // What the service itself lets through.
  place = await createTestEnvironment(client, service.filestoreRoot, {
    name: 'pro\u202eduction',
    labels: { of: 'x\u061cy' },
  });
  const { id: environmentId } = place.environment;
  const { id: snapshotId } = await takeSnapshot(client, environmentId, { label: 'gpj\u202e.exe' });
  const { deploymentId } = await rollBack(client, environmentId, { snapshotId, createSafetySnapshot: false });
  names = { SNAPSHOT: snapshotId, DEPLOYMENT: deploymentId };
  hostile = await startChangedAnswers(
    service.url,
    eachObject((properties) => [
      ...properties.map(([name, value]): [string, unknown] => [name, harmful(value)]),
      [`new${HARM}`, `text${HARM}`],
    ]),
  );
  snapback = await somebody(hostile.url, place);
});
afterAll(async () => {
  await hostile.close();
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

function harmful(value: unknown): unknown {
  return typeof value === 'string' && !KEPT.test(value) ? `${value}${HARM}` : value;
}

describe.concurrent('what a terminal would interpret', () => {
  it.for(sampleOf(READS, 8))('is not in what "%s" shows, whatever the service says', async (command, { expect }) => {
    const { out, err } = await snapback.run(wordsOf(command, names));
    expect([INTERPRETED.exec(out), INTERPRETED.exec(err)]).toEqual([null, null]);
    expect(`${out}${err}`).not.toContain('fault of the program');
  });

  it('is escaped in JSON and YAML, which say the same', async ({ expect }) => {
    const show = (format: string) => snapback.run(['settings', 'show', '--output', format]);
    const [json, yaml] = await Promise.all([show('json'), show('yaml')]);
    expect([INTERPRETED.exec(json.out), INTERPRETED.exec(yaml.out)]).toEqual([null, null]);
    const [settings, same] = [JSON.parse(json.out) as object, parse(yaml.out) as object];
    expect(settings).toMatchObject({ [`new${HARM}`]: `text${HARM}` });
    expect(same).toEqual(settings);
  });

  it('is not in errors, for people and for programs', async ({ expect }) => {
    const unknown = ['snapshot', 'show', '00000000-0000-4000-8000-000000000000'];
    const runs = await Promise.all([
      snapback.run(unknown),
      snapback.run([...unknown, '--output', 'json']),
      snapback.run(['snapshot', 'show', `none${HARM}`]),
      snapback.run(['--profile', HARM, 'snapshot', `unheard-of${HARM}`]),
    ]);
    expect(runs.map(({ err }) => INTERPRETED.exec(err))).toEqual([null, null, null, null]);
    expect(JSON.parse(runs[1].err)).toMatchObject({ error: { message: expect.stringContaining(HARM) } });
  });

  it('is not in progress, and not in what came of what was waited for', async ({ expect }) => {
    const { out, err } = await snapback.run(['snapshot', 'create', '--wait']);
    expect([INTERPRETED.exec(out), INTERPRETED.exec(err)]).toEqual([null, null]);
    expect(err).toMatch(/^\d+ % {2}\w+\\x1b\[2J/);
  });

  it('of a name that the service lets through is in no question; who is asked for it may type what is shown', async ({
    expect,
  }) => {
    const session = snapback.terminal(['rollback', 'run', 'latest'], {
      env: { SNAPBACK_URL: service.url },
      columns: 200,
    });
    await session.until(/Type its name, pro\\u202eduction, to go on/);
    session.type(String.raw`pro\u202eduction` + KEYS.enter);
    expect({ code: await session.ended, text: session.text }).toEqual({
      code: 0,
      text: expect.stringContaining(String.raw`pro\u202eduction`),
    });
    expect(session.raw).not.toContain('\u202e');
  });
});
