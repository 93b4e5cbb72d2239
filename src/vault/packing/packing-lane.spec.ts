import { hash, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKER_SETTINGS } from '../chunking/chunker-settings.js';
import { FastCdc } from '../chunking/fastcdc.js';
import { DataKey } from '../keys/data-key.js';
import type { ContentRef } from '../manifests/content-ref.js';
import givenSource from './given-source.js';
import { PackingLane } from './packing-lane.js';

const MIB = 1024 * 1024;
const SMALL = { ...DEFAULT_CHUNKER_SETTINGS, minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

/** One chunk each. */
const three = (): Buffer[] => [Buffer.alloc(300, 'a'), randomBytes(250), randomBytes(250)];
const namesOf = (contents: readonly Buffer[]): Uint8Array =>
  new Uint8Array(Buffer.concat(contents.map((content) => hash('sha256', content, 'buffer'))));

/** What is said of a content that is one chunk. */
function told(content: Buffer) {
  const sha256 = hash('sha256', content);
  const bytes = content.length;
  return { read: bytes, content: { bytes, sha256, chunks: [{ id: sha256, bytes }] } };
}

/** A lane, and what of it has been answered, in the order in which that went out. */
class TestedLane {
  readonly lane = new PackingLane(DataKey.generate(), new FastCdc(SMALL), 1);
  private readonly answered: string[] = [];

  note(name: string, answer: Promise<unknown>): void {
    void answer.then(
      () => this.answered.push(name),
      (error: Error) => this.answered.push(`${name}: ${error.message}`),
    );
  }

  encode(batch: number, which: readonly number[]): void {
    this.note(`encoded ${batch}`, this.lane.encode(batch, which));
  }

  seal(): void {
    this.note('sealed', this.lane.seal());
  }

  fill(bytes: number): void {
    this.note(`packed ${bytes}`, this.lane.fill(new SharedArrayBuffer(bytes)));
  }

  /** What was answered since the last call. */
  async news(): Promise<string[]> {
    await setImmediate();
    return this.answered.splice(0);
  }

  piece(source: number, bytes: Uint8Array): Promise<{ read: number }> {
    return this.lane.ask(source, { kind: 'piece', bytes });
  }

  async end(source: number): Promise<ContentRef> {
    return (await this.lane.ask(source, { kind: 'end' })).answer as ContentRef;
  }

  /** Reads some contents by a source of their own, which is closed then: their chunks are the next batch. */
  async read(source: number, contents: readonly Buffer[]): Promise<{ read: number; content: ContentRef }[]> {
    this.lane.open(source, givenSource, undefined);
    const told: { read: number; content: ContentRef }[] = [];
    for (const content of contents) {
      const { read } = await this.piece(source, content);
      told.push({ read, content: await this.end(source) });
    }
    await this.lane.close(source);
    return told;
  }
}

describe('a lane', () => {
  it('reads and names while it waits for memory, and goes on in order when it gets it', async () => {
    const tested = new TestedLane();
    const [one, other] = [three(), three()];
    const naming = tested.lane.nextNamed();
    expect(await tested.read(1, one)).toEqual(one.map(told));
    expect(await naming).toEqual({ batch: 0, source: 1, names: namesOf(one), read: 0 });
    tested.encode(0, [0, 1, 2]);
    expect(await tested.read(2, other)).toEqual(other.map(told));
    expect(await tested.lane.nextNamed()).toMatchObject({ batch: 1, source: 2, names: namesOf(other) });
    tested.encode(1, []);
    tested.seal();
    expect(await tested.news()).toEqual([]);
    tested.fill(4096);
    expect(await tested.news()).toEqual(['encoded 0', 'encoded 1', 'packed 4096', 'sealed']);
  });

  it('spreads a batch over packs when one is full, and seals no empty pack', async () => {
    const tested = new TestedLane();
    tested.fill(700);
    tested.seal();
    expect(await tested.news()).toEqual(['sealed']);
    await tested.read(1, three());
    tested.encode(0, [1, 2]);
    expect(await tested.news()).toEqual(['packed 700']);
    tested.fill(701);
    expect(await tested.news()).toEqual(['encoded 0']);
  });

  it('seals behind all that was read, also by sources that go on, though nobody has yet said what of it is new', async () => {
    const tested = new TestedLane();
    tested.fill(4096);
    tested.lane.open(1, givenSource, undefined);
    await tested.piece(1, Buffer.from('one'));
    await tested.end(1);
    await tested.read(2, [Buffer.from('other')]);
    tested.seal();
    tested.encode(0, [0]);
    expect(await tested.news()).toEqual(['encoded 0']);
    expect(await tested.lane.nextNamed()).toMatchObject({ batch: 0, source: 2 });
    expect(await tested.lane.nextNamed()).toMatchObject({ batch: 1, source: 1 });
    tested.encode(1, [0]);
    expect(await tested.news()).toEqual(['encoded 1', 'packed 4096', 'sealed']);
  });

  it('puts nothing into a pack after something that it could not', async () => {
    const tested = new TestedLane();
    tested.fill(4096);
    await tested.read(1, three());
    tested.encode(7, [0]);
    tested.encode(0, [0]);
    expect(await tested.news()).toEqual(['encoded 7: Batch 7 is not held.', 'encoded 0: Batch 7 is not held.']);
  });

  it('reads no further than its memory, and goes on as that is given back', async () => {
    const tested = new TestedLane();
    const content = randomBytes(4 * MIB);
    tested.lane.open(1, givenSource, undefined);
    tested.note('read', tested.piece(1, content));
    for (const [batch, news] of [['encoded 0'], ['encoded 1', 'read']].entries()) {
      expect(await tested.news()).toEqual([]);
      expect(await tested.lane.nextNamed()).toMatchObject({ batch });
      tested.encode(batch, []);
      expect(await tested.news()).toEqual(news);
    }
    expect(await tested.end(1)).toMatchObject({ bytes: content.length, sha256: hash('sha256', content) });
  });

  it('ends a source in the middle of a content, and others go on', async () => {
    const tested = new TestedLane();
    tested.fill(MIB);
    tested.lane.open(1, givenSource, undefined);
    await tested.piece(1, randomBytes(100_000));
    await tested.lane.close(1);
    await tested.lane.close(1);
    await tested.read(2, [Buffer.from('whole')]);
    tested.seal();
    expect(await tested.lane.nextNamed()).toMatchObject({
      source: 2,
      names: namesOf([Buffer.from('whole')]),
    });
    tested.encode(0, [0]);
    expect(await tested.news()).toEqual(['encoded 0', `packed ${MIB}`, 'sealed']);
  });
});

describe('the source of a lane', () => {
  it('is asked one question after the other', async () => {
    const { lane } = new TestedLane();
    const steps: string[] = [];
    lane.open(
      1,
      () => ({
        answer: async (question: string) => {
          steps.push(`${question} begins`);
          await setImmediate();
          steps.push(`${question} ends`);
          return question.toUpperCase();
        },
      }),
      undefined,
    );
    const answers = await Promise.all(['a', 'b'].map((question) => lane.ask(1, question)));
    expect(answers.map(({ answer }) => answer)).toEqual(['A', 'B']);
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('fails with a question what that alone asked', async () => {
    const { lane } = new TestedLane();
    lane.open(
      1,
      () => ({
        answer: (question: string) => {
          if (question === 'bad') throw new Error('no such thing');
          return question;
        },
      }),
      undefined,
    );
    const [bad, good] = [lane.ask(1, 'bad'), lane.ask(1, 'good')];
    await expect(bad).rejects.toThrow('no such thing');
    expect(await good).toEqual({ answer: 'good', read: 0 });
  });

  it('is closed once, with what it is at, and what it waits for memory with is over when the lane is', async () => {
    const tested = new TestedLane();
    const closed: number[] = [];
    for (const number of [1, 2]) {
      tested.lane.open(
        number,
        (_: undefined, sink) => ({ ...givenSource(_, sink), close: () => void closed.push(number) }),
        undefined,
      );
    }
    await tested.lane.close(1);
    expect(closed).toEqual([1]);
    tested.note('read', tested.piece(2, randomBytes(6 * MIB)));
    expect(await tested.news()).toEqual([]);
    tested.lane.end();
    expect(closed).toEqual([1, 2]);
    expect(await tested.news()).toEqual(['read: The capture was ended before everything was stored.']);
  });
});
