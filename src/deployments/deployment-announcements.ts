import { Announcement, Question } from '../announcements/announcements.js';
import type { Caller } from '../auth/caller.js';
import type { DeploymentEntity } from './deployment.entity.js';

/** Its gate was opened or closed; whoever announces a deployment without a snapshot finds it open. */
export const gateDecided = new Announcement<DeploymentEntity>('a gate is decided');

/** Starts a rollback to the deployment's snapshot, and answers its deployment id; asked twice, it starts one. */
export const rollbackOfFailed = new Question<{ caller: Caller; deployment: DeploymentEntity }, string>(
  'a rollback to before a deployment that failed',
);
