import type { EntityManager } from 'typeorm';

/** Something a feature tells in the transaction in which it happens. Made once, beside what announces it. */
export class Announcement<Said> {
  declare readonly said: Said;

  constructor(readonly name: string) {}
}

/** Something a feature asks of one that stands on it. */
export class Question<Asked, Answer> {
  declare readonly asked: Asked;
  declare readonly answer: Answer;

  constructor(readonly name: string) {}
}

/** Refuses by throwing. What it writes with the manager happens together with what was announced, or not at all. */
export type Listener<Said> = (manager: EntityManager, said: Said) => Promise<void>;

/**
 * Calling against the direction: a feature announces, and those that stand on it listen, so that it need not know them. Whoever
 * announces waits until all have been told, one after the other in the order of features: what one does, the next one finds done.
 */
export class Announcements {
  private readonly listeners = new Map<object, Map<string, Listener<unknown>[]>>();
  private readonly answerers = new Map<object, (asked: unknown) => Promise<unknown>>();

  /** `order`: the features that listen, from the lowest. */
  constructor(private readonly order: readonly string[]) {}

  /** Several of one feature are told in the order in which they are registered. */
  listen<Said>(feature: string, announcement: Announcement<Said>, listener: Listener<NoInfer<Said>>): void {
    if (!this.order.includes(feature)) throw new Error(`${feature} has no place in the order of those that listen.`);
    const listeners = this.listeners.get(announcement) ?? new Map<string, Listener<unknown>[]>();
    this.listeners.set(announcement, listeners);
    const heard: Listener<unknown> = (manager, said) => listener(manager, said as Said);
    listeners.set(feature, [...(listeners.get(feature) ?? []), heard]);
  }

  async announce<Said>(manager: EntityManager, announcement: Announcement<Said>, said: NoInfer<Said>): Promise<void> {
    const listeners = this.listeners.get(announcement);
    for (const feature of this.order) for (const tell of listeners?.get(feature) ?? []) await tell(manager, said);
  }

  answer<Asked, Answer>(
    question: Question<Asked, Answer>,
    answerer: (asked: NoInfer<Asked>) => Promise<NoInfer<Answer>>,
  ): void {
    if (this.answerers.has(question)) throw new Error(`${question.name} is answered already.`);
    this.answerers.set(question, (asked) => answerer(asked as Asked));
  }

  /** Rejects when nobody answers. */
  async ask<Asked, Answer>(question: Question<Asked, Answer>, asked: NoInfer<Asked>): Promise<Answer> {
    const answerer = this.answerers.get(question);
    if (answerer === undefined) throw new Error(`Nobody answers: ${question.name}.`);
    return (await answerer(asked)) as Answer;
  }
}
