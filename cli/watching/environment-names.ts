import type { Operation, Snapback } from '../../sdk/typescript/index.js';

/** Names of environments, each looked up once; where that cannot be done the beginning of the id stands for it. */
export class EnvironmentNames {
  private readonly known = new Map<string, Promise<string>>();

  constructor(private readonly snapback: Snapback) {}

  of({ environmentId, projectId }: Operation): Promise<string> {
    if (environmentId === null) return Promise.resolve('');
    if (projectId === null) return Promise.resolve(environmentId.slice(0, 8));
    const known = this.known.get(environmentId);
    if (known !== undefined) return known;
    const name = this.snapback.environments.view(projectId, environmentId).then(
      (environment) => environment.name,
      () => environmentId.slice(0, 8),
    );
    this.known.set(environmentId, name);
    return name;
  }
}
