import { projectCreate, projectDelete, projectList, projectUpdate, projectView } from '../generated/sdk.gen.js';
import type { Project, ProjectCreate, ProjectPage, ProjectUpdate } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, CallOptions, ListOptions, ViewOptions } from '../requests/calls.js';

/** Groups of environments. */
export class Projects {
  constructor(private readonly calls: Calls) {}

  /** By name. */
  list({ pageSize, ...options }: ListOptions = {}): Pages<Project, ProjectPage> {
    return new Pages((query) => this.calls.run((means) => projectList({ ...means, query }), options), pageSize);
  }

  /** Is not sent again when its answer is lost: `outcomeUnknown` says so. */
  create(body: ProjectCreate, options?: CallOptions): Promise<Project> {
    return this.calls.run((means) => projectCreate({ ...means, body }), options);
  }

  view<O extends ViewOptions>(projectId: string, options?: O) {
    return this.calls.view<Project, O>((means) => projectView({ ...means, path: { projectId } }), options);
  }

  /** What is left out stays, `null` removes it. */
  update(projectId: string, body: ProjectUpdate, options?: CallOptions): Promise<Project> {
    return this.calls.run((means) => projectUpdate({ ...means, path: { projectId }, body }), options);
  }

  /** Once it has no environments. */
  delete(projectId: string, options?: CallOptions): Promise<void> {
    return this.calls.do((means) => projectDelete({ ...means, path: { projectId } }), options);
  }
}
