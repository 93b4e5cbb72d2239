import { describe, expect, it } from 'vitest';
import { EventParser } from './event-parser.js';

const EVENT = { type: 'e', id: '1', data: '{"n":1}' };

describe('the parser of a stream', () => {
  it.each(['\n', '\r\n', '\r'])(
    'makes the same events of a text, however it is cut into pieces, with lines that end with %j',
    (end) => {
      const lines = ['id: 1', 'event: e', 'data: {"n":1}', '', ':', '', 'data:a', 'data: b', '', ''];
      const text = lines.join(end);
      const expected = [EVENT, { type: 'message', id: undefined, data: 'a\nb' }];
      for (let size = 1; size <= text.length; size += 1) {
        const parser = new EventParser();
        const events = [];
        for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
        // A lone CR at the very end may be half of an end of line: the next piece tells.
        events.push(...parser.push(':'));
        expect(events, `in pieces of ${size}`).toEqual(expected);
      }
    },
  );

  it('makes nothing of an event that is not ended, and of one without data', () => {
    const parser = new EventParser();
    expect(parser.push('id: 1\nevent: e\ndata: {"n":1}\n')).toEqual([]);
    expect(parser.push('\nid: 7\n\n')).toEqual([EVENT]);
    expect(parser.push('data: x\n\n')).toEqual([{ type: 'message', id: undefined, data: 'x' }]);
  });
});
