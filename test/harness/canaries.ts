import { randomUUID } from 'node:crypto';
import { MARK } from './secret-mark.js';

/**
 * Secrets that are easy to find: each is planted in one place, and whoever finds one elsewhere knows where it came
 * from. For tests of what must not stand in a log, an answer, a row or a file.
 */
export class Canaries {
  private readonly places = new Map<string, string>();
  private readonly mark = `${MARK}-${randomUUID().slice(0, 8)}`;

  /** A new secret for a place such as `header referer`: letters, digits and hyphens, nothing that any format encodes. */
  plant(place: string): string {
    const canary = `${this.mark}-${this.places.size}-`;
    this.places.set(canary, place);
    return `${canary}end`;
  }

  get planted(): number {
    return this.places.size;
  }

  /** The places of those that stand in the text, in whatever capitals. */
  foundIn(text: string): string[] {
    const lower = text.toLowerCase();
    if (!lower.includes(this.mark)) return [];
    return [...this.places].filter(([canary]) => lower.includes(canary)).map(([, place]) => place);
  }

  /** A copy of a JSON value with a canary in place of each text in it. */
  plantIn(value: unknown, place: string): unknown {
    if (typeof value === 'string') return this.plant(place);
    if (Array.isArray(value)) return value.map((item, index) => this.plantIn(item, `${place}.${index}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, this.plantIn(part, `${place}.${name}`)]),
    );
  }
}
