/** How long each part of a rollback took, as its progress stream tells it. */
export class Parts {
  readonly seconds = new Map<string, number>();
  private current: string | undefined;
  private since = performance.now();

  /** Something is said: what was said before lasted until now. */
  hear({ phase, message }: { phase: string | null; message: string }): void {
    const part = [phase ?? 'queued', message].filter((words) => words !== '').join(': ');
    if (part === this.current) return;
    this.end();
    this.current = part;
  }

  end(): void {
    const now = performance.now();
    if (this.current !== undefined) {
      this.seconds.set(this.current, (this.seconds.get(this.current) ?? 0) + (now - this.since) / 1000);
    }
    this.since = now;
  }
}
