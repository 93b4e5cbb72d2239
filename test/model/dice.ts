import { randomNumbers } from '../harness/random-numbers.js';

/** Every decision of a run is taken by it, so that the seed says all. */
export class Dice {
  private readonly next: (below: number) => number;

  constructor(seed: number) {
    this.next = randomNumbers(seed);
  }

  below(limit: number): number {
    return this.next(limit);
  }

  /** Both ends included. */
  between(least: number, most: number): number {
    return least + this.next(most - least + 1);
  }

  /** True once in `times`, on average. */
  onceIn(times: number): boolean {
    return this.next(times) === 0;
  }

  pick<const T>(choices: readonly [T, ...T[]]): T;
  pick<T>(choices: readonly T[]): T | undefined;
  pick<T>(choices: readonly T[]): T | undefined {
    return choices[this.next(choices.length)];
  }

  weighted<T extends { weight: number }>(choices: readonly T[]): T {
    let left = this.next(choices.reduce((sum, { weight }) => sum + weight, 0));
    for (const choice of choices) {
      left -= choice.weight;
      if (left < 0) return choice;
    }
    throw new RangeError('There is nothing to choose from.');
  }
}
