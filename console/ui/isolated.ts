const TURNS = /[\p{Bidi_C}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/u;

/** A name within a sentence, so that what runs from right to left in it, or says so, turns nothing of the sentence around it. */
export function isolated(name: string): string {
  return TURNS.test(name) ? `\u2068${name}\u2069` : name;
}
