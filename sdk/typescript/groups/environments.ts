import {
  environmentCheck,
  environmentCreate,
  environmentDelete,
  environmentList,
  environmentUpdate,
  environmentView,
} from '../generated/sdk.gen.js';
import type {
  Environment,
  EnvironmentCheck,
  EnvironmentCreate,
  EnvironmentCreateData,
  EnvironmentDeleteData,
  EnvironmentDetails,
  EnvironmentPage,
  EnvironmentUpdate,
  EnvironmentUpdateData,
} from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, ChangeOptions, ListOptions, ViewOptions } from '../requests/calls.js';

/** A database and a filestore that belong together. */
export class Environments {
  constructor(private readonly calls: Calls) {}

  /** Those of a project, by name. */
  list(projectId: string, { pageSize, ...options }: ListOptions = {}): Pages<Environment, EnvironmentPage> {
    const path = { projectId };
    return new Pages(
      (query) => this.calls.run((means) => environmentList({ ...means, path, query }), options),
      pageSize,
    );
  }

  /** Connects to the database and looks at the directory first; `check: false` skips that. */
  create(
    projectId: string,
    body: EnvironmentCreate,
    { check, ...options }: CallOptions & NonNullable<EnvironmentCreateData['query']> = {},
  ): Promise<Environment> {
    const query = { ...(check !== undefined && { check }) };
    return this.calls.run((means) => environmentCreate({ ...means, path: { projectId }, query, body }), options);
  }

  view<O extends ViewOptions>(projectId: string, environmentId: string, options?: O) {
    const path = { projectId, environmentId };
    return this.calls.view<EnvironmentDetails, O>((means) => environmentView({ ...means, path }), options);
  }

  /** Whether it can be captured and rolled back now, and what is in the way; changes nothing. */
  check(projectId: string, environmentId: string, options?: CallOptions): Promise<EnvironmentCheck> {
    return this.calls.run((means) => environmentCheck({ ...means, path: { projectId, environmentId } }), options);
  }

  /** What is left out stays, `null` removes it. */
  update(
    projectId: string,
    environmentId: string,
    body: EnvironmentUpdate,
    { check, ...options }: ChangeOptions & NonNullable<EnvironmentUpdateData['query']> = {},
  ): Promise<Environment> {
    const path = { projectId, environmentId };
    const query = { ...(check !== undefined && { check }) };
    return this.calls.change((means) => environmentUpdate({ ...means, path, query, body }), options);
  }

  /** Refused while it has snapshots, unless `snapshots: 'delete'` says what becomes of them; `data: 'delete'` is for what Snapback has made. */
  delete(
    projectId: string,
    environmentId: string,
    { snapshots, data, ...options }: ChangeOptions & NonNullable<EnvironmentDeleteData['query']> = {},
  ): Promise<void> {
    const path = { projectId, environmentId };
    const query = { ...(snapshots !== undefined && { snapshots }), ...(data !== undefined && { data }) };
    return this.calls.do((means) => environmentDelete({ ...means, path, query }), options);
  }
}
