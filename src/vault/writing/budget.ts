/** A share of a budget. No method waits, so a holder can never be made to wait. */
export interface Reservation {
  /** Gives back all but `amount`, once the real need is known. */
  shrinkTo(amount: number): void;
  /** Takes what was needed beyond what was asked for, though it may not be free: those who come later wait the longer. */
  growTo(amount: number): void;
  /** Gives back everything. A second call does nothing. */
  release(): void;
}

/**
 * A fixed amount of something (bytes in memory, open files) that concurrent work shares. Who asks first
 * is served first, so that a large request is not overtaken for ever by small ones. To stay free of
 * deadlock a caller finishes its work with one reservation and does not wait for a second one.
 */
export class Budget {
  private free: number;
  private readonly waiting: { amount: number; grant: () => void }[] = [];

  constructor(private readonly total: number) {
    if (!(total > 0)) throw new RangeError('A budget is a positive number.');
    this.free = total;
  }

  /** Waits until `amount` is free. A request for more than the whole budget gets the whole budget. */
  async reserve(amount: number): Promise<Reservation> {
    let held = Math.min(amount, this.total);
    if (this.waiting.length > 0 || held > this.free) {
      await new Promise<void>((grant) => this.waiting.push({ amount: held, grant }));
    } else {
      this.free -= held;
    }
    const shrinkTo = (target: number): void => {
      if (target >= held) return;
      this.free += held - target;
      held = target;
      this.serve();
    };
    const growTo = (target: number): void => {
      if (held === 0 || target <= held) return;
      this.free -= target - held;
      held = target;
    };
    return { shrinkTo, growTo, release: () => shrinkTo(0) };
  }

  /** Runs `work` while holding `amount`. */
  async using<T>(amount: number, work: () => Promise<T>): Promise<T> {
    const reservation = await this.reserve(amount);
    try {
      return await work();
    } finally {
      reservation.release();
    }
  }

  private serve(): void {
    for (let next = this.waiting[0]; next !== undefined && next.amount <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.amount;
      next.grant();
    }
  }
}
