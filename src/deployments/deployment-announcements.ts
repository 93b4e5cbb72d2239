import { Question } from '../announcements/announcements.js';
import type { Caller } from '../auth/caller.js';
import type { DeploymentEntity } from './deployment.entity.js';

/** Starts a rollback to the deployment's snapshot, and answers its deployment id; asked twice, it starts one. */
export const rollbackOfFailed = new Question<{ caller: Caller; deployment: DeploymentEntity }, string>(
  'a rollback to before a deployment that failed',
);
