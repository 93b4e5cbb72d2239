import type { ProgressSink, ProgressUpdate } from '../../progress.js';

/**
 * The two halves are rebuilt side by side and told one after the other, so that a person who watches sees phases that
 * follow each other: of the filestore nothing is said before the database is there, and then where it has come by now.
 */
export class StagingProgress {
  private databaseIsUnderWay: boolean;
  private held: ProgressUpdate | undefined;

  constructor(
    private readonly sink: ProgressSink,
    { hasDatabase }: { hasDatabase: boolean },
  ) {
    this.databaseIsUnderWay = hasDatabase;
  }

  readonly database: ProgressSink = { report: (update) => this.sink.report(update) };

  readonly filestore: ProgressSink = {
    report: (update) => {
      if (this.databaseIsUnderWay) this.held = update;
      else this.sink.report(update);
    },
  };

  databaseIsDone(): void {
    this.databaseIsUnderWay = false;
    if (this.held) this.sink.report(this.held);
  }
}
