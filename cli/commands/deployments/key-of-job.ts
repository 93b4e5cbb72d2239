/** What the common pipelines call one run of one job; a run again is another one there, with a deployment and a snapshot of its own. */
export function keyOfJob(environment: NodeJS.ProcessEnv): string | undefined {
  const {
    CI_JOB_ID,
    GITHUB_RUN_ID,
    GITHUB_RUN_ATTEMPT,
    GITHUB_JOB,
    BUILDKITE_JOB_ID,
    CIRCLE_WORKFLOW_JOB_ID,
    BUILD_TAG,
  } = environment;
  if (present(GITHUB_RUN_ID))
    return ['github', GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB].filter(present).join('-');
  return [CI_JOB_ID, BUILDKITE_JOB_ID, CIRCLE_WORKFLOW_JOB_ID, BUILD_TAG].find(present);
}

function present(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
