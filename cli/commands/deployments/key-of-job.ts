import { createHash } from 'node:crypto';

/**
 * The key of a deployment by what the common pipelines call one run of one job; a run again is another one there, with a deployment and a snapshot of its own. One
 * job may deploy to several environments.
 */
export function keyOfJob(variables: NodeJS.ProcessEnv, environmentId: string): string | undefined {
  const job = jobOf(variables);
  return job === undefined ? undefined : asKey(`${job}-${environmentId}`);
}

function jobOf(variables: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB } = variables;
  if (present(GITHUB_RUN_ID))
    return ['github', GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB].filter(present).join('-');
  const { CI_JOB_ID, BUILDKITE_JOB_ID, CIRCLE_WORKFLOW_JOB_ID, BUILD_TAG } = variables;
  return [CI_JOB_ID, BUILDKITE_JOB_ID, CIRCLE_WORKFLOW_JOB_ID, BUILD_TAG].find(present);
}

function present(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** What the contract takes for a key; names of jobs may be longer, and have spaces in them. */
function asKey(text: string): string {
  return /^[\x21-\x7e]{1,255}$/.test(text) ? text : createHash('sha256').update(text).digest('hex');
}
