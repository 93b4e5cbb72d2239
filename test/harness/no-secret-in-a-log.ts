import { afterAll } from 'vitest';
import { secretsFound } from './log-watch.js';

// For every test file, and last of all that it does afterwards: its services have stopped by then.
afterAll(() => {
  const found = secretsFound();
  if (found.length > 0) throw new Error(`A service has logged a secret:\n${found.join('\n\n')}`);
});
