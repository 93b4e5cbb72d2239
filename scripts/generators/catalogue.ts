import { FOR_CSHARP } from './for-csharp.js';
import { FOR_GO } from './for-go.js';
import { FOR_JAVA } from './for-java.js';
import { FOR_PYTHON } from './for-python.js';
import { FOR_TYPESCRIPT } from './for-typescript.js';
import type { Generator } from './generator.js';

/** All generators that are tried, in the order of the table in docs/clients.md. */
export const GENERATORS: readonly Generator[] = [
  ...FOR_TYPESCRIPT,
  ...FOR_PYTHON,
  ...FOR_GO,
  ...FOR_JAVA,
  ...FOR_CSHARP,
];
