/**
 * Tells whoever has asked for it of what happens in this process, when it has happened: for those who count. What has to happen together
 * with it is an `Announcement`.
 */
export abstract class Telling<Said> {
  private readonly listeners: ((said: Said) => void)[] = [];

  listen(listener: (said: Said) => void): void {
    this.listeners.push(listener);
  }

  tell(said: Said): void {
    for (const listener of this.listeners) listener(said);
  }
}
