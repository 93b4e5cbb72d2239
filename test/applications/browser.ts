/** Somebody at a site, with the cookies that it gave them. */
export class Browser {
  constructor(
    private readonly url: string,
    private readonly cookies = new Map<string, string>(),
  ) {}

  /** Another one with the same cookies. */
  copy(): Browser {
    return new Browser(this.url, new Map(this.cookies));
  }

  async get(path: string): Promise<Response> {
    return this.ask(path, {});
  }

  async post(path: string, fields: Readonly<Record<string, string | File>> = {}): Promise<Response> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return this.ask(path, { method: 'POST', body });
  }

  /** What it answers with, if all is well. */
  async json(path: string): Promise<unknown> {
    const response = await this.get(path);
    if (response.status !== 200) throw new Error(`${path}: HTTP ${response.status}\n${await response.text()}`);
    return response.json();
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.url}${path}`, { ...init, headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name !== undefined && value !== undefined) this.cookies.set(name, value);
    }
    return response;
  }
}
