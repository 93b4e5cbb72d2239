import { InvalidArgumentError, Option } from 'commander';
import { timeOf } from '../names/time-of.js';

const LIMIT = 50;

/** `--limit`, of lists. */
export function limitOption(): Option {
  return new Option('--limit <n>', 'show at most so many').default(LIMIT).argParser(positive);
}

/** A whole number of at least 1. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

/** A day, of which the end is meant, or a time. */
export function dateOf(text: string): Date {
  const time = timeOf(text);
  if (time === undefined) throw new InvalidArgumentError('It must be a time, such as 2027-11-23.');
  return new Date(time);
}
