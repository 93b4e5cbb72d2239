import { describe, expect, it } from 'vitest';
import type { EntityManager } from 'typeorm';
import { Announcement, Announcements, Question } from './announcements.js';

const ended = new Announcement<string>('a thing has ended');
/** Handed on. */
const manager = {} as EntityManager;
const count = new Question<string, number>('how many there are');

describe('what features announce', () => {
  it('is told in the order of features, whoever registered first, and those of one feature in the order in which they did', async () => {
    const told: string[] = [];
    const announcements = new Announcements(['low', 'high']);
    const tell = (who: string) => async (_manager: EntityManager, id: string) => void told.push(`${who} ${id}`);
    announcements.listen('high', ended, tell('high'));
    announcements.listen('low', ended, tell('low, first'));
    announcements.listen('low', ended, tell('low, second'));
    await announcements.announce(manager, ended, 'x');
    expect(told).toEqual(['low, first x', 'low, second x', 'high x']);
  });

  it('ends with the first who refuses, and nobody else is told', async () => {
    const announcements = new Announcements(['low', 'high']);
    announcements.listen('low', ended, async () => {
      throw new Error('no');
    });
    announcements.listen('high', ended, async () => {
      throw new Error('was told');
    });
    await expect(announcements.announce(manager, ended, 'x')).rejects.toThrow('no');
  });

  it('reaches nobody whose place in the order is not known', () => {
    expect(() => new Announcements(['low']).listen('high', ended, async () => undefined)).toThrow('no place');
  });

  it('may be heard by nobody, but a question has one who answers it', async () => {
    const announcements = new Announcements([]);
    await announcements.announce(manager, ended, 'x');
    await expect(announcements.ask(count, 'things')).rejects.toThrow('Nobody answers: how many there are.');
    announcements.answer(count, async (of) => of.length);
    expect(await announcements.ask(count, 'things')).toBe(6);
    expect(() => announcements.answer(count, async () => 1)).toThrow('answered already');
  });
});
