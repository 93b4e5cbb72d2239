import { describe, expect, it } from 'vitest';
import { bounded } from './bounded.js';

describe('what an event says', () => {
  it('is what is shown, where that is short', () => {
    const shown = { id: 'x', pinned: false, sizes: [1, 2], failure: null, inner: { at: '2026' } };
    expect(bounded(shown)).toEqual(shown);
  });

  it('has twenty items of a list, wherever it stands', () => {
    const warnings = Array.from({ length: 100 }, (_, index) => ({ code: 'x', message: `${index}` }));
    expect(bounded({ inner: { warnings } }).inner.warnings).toEqual(warnings.slice(0, 20));
  });

  it('cuts long texts, and no character in two', () => {
    const { message } = bounded({ message: '😀'.repeat(5_000) });
    expect(message.length).toBeLessThanOrEqual(2_000);
    expect(message.isWellFormed()).toBe(true);
    expect(message.endsWith('😀…')).toBe(true);
  });
});
