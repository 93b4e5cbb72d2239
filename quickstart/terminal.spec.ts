import { describe, expect, it } from 'vitest';
import { barLine, wrapped } from './terminal.js';

describe('on a terminal', () => {
  it('a bar never reaches the last column, so that the next one takes its place', () => {
    const detail = 'stage-database  Creating the database.  10.4 MB/s and more than there is room for';
    for (const columns of [20, 80, 200]) expect(barLine(72, detail, columns).length).toBeLessThan(columns);
    expect(barLine(50, 'database', 80)).toBe(`  ${'█'.repeat(14)}${'░'.repeat(14)}  50 %  database`);
  });

  it('text is broken between words, and nothing of it is lost', () => {
    expect(wrapped('planned: prepare → safety → stage-database', 20)).toEqual([
      'planned: prepare →',
      'safety →',
      'stage-database',
    ]);
    expect(wrapped('short', 20)).toEqual(['short']);
    expect(wrapped(`a ${'x'.repeat(30)} b`, 20)).toEqual(['a', 'x'.repeat(30), 'b']);
    expect(wrapped('as it is, however long', Infinity)).toEqual(['as it is, however long']);
    expect(wrapped('', 20)).toEqual(['']);
  });
});
