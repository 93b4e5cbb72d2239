import type { Dice } from '../dice.js';

/** Legal, and each of them trouble for somebody. */
const ODD = [
  'Mixed Case',
  'odd "quote',
  "it's",
  'ünï',
  'select',
  'a.b',
  'semi;colon',
  'back\\slash',
  'per%cent',
  'line\nbreak',
  '$dollar$',
  '-- x',
];

/** A name as SQL: from a few, so that what is dropped is made again under its name. */
export function tableName(dice: Dice): string {
  const name = dice.onceIn(4) ? dice.pick(ODD)! : `t${dice.below(12)}`;
  return `"${name.replaceAll('"', '""')}"`;
}

export function columnName(dice: Dice): string {
  const name = dice.onceIn(8) ? dice.pick(ODD)! : dice.pick(['a', 'b', 'c', 'd', 'e', 'f'])!;
  return `"${name.replaceAll('"', '""')}"`;
}
