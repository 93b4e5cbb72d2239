import { createHash } from 'node:crypto';

/** Numbers that follow from a seed: the same seed, the same numbers, in every process. */
export class Random {
  private calls = 0;

  constructor(private readonly seed: string) {}

  /** 0 ≤ x < 1. */
  next(): number {
    this.calls += 1;
    return createHash('sha256').update(`${this.seed} ${this.calls}`).digest().readUInt32BE(0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Undefined when there is nothing to choose from. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.between(0, items.length - 1)];
  }

  /** One of the names, each as likely as its weight says. */
  weighted<T extends string>(weights: Record<T, number>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) if ((left -= weight) < 0) return name;
    return entries[0]![0];
  }

  /** A UUID nobody else has. */
  uuid(): string {
    this.calls += 1;
    const hex = createHash('sha256').update(`${this.seed} ${this.calls} uuid`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
