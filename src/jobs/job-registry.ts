import { Injectable } from '@nestjs/common';
import type { JobDefinition } from './job-definition.js';

/** Which kinds of jobs there are. Features register theirs when their module starts. */
@Injectable()
export class JobRegistry {
  private readonly definitions = new Map<string, JobDefinition<object>>();

  register<T extends object>(definition: JobDefinition<T>): void {
    if (this.definitions.has(definition.name)) throw new Error(`The job ${definition.name} is registered twice.`);
    // The queue stores the data of each job beside its name, so a definition only ever gets its own data.
    this.definitions.set(definition.name, definition as unknown as JobDefinition<object>);
  }

  get(name: string): JobDefinition<object> {
    const definition = this.definitions.get(name);
    if (definition === undefined) throw new Error(`No job named ${name} is registered.`);
    return definition;
  }

  all(): JobDefinition<object>[] {
    return [...this.definitions.values()];
  }
}
