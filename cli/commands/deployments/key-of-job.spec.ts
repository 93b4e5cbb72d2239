import { describe, expect, it } from 'vitest';
import { keyOfJob } from './key-of-job.js';

const PRODUCTION = '4e9d2d0e-8d0f-4c64-a3c5-6a2f7a4b5c11';
const STAGING = 'b0a4f7de-1c2f-4b7b-9a53-0f1d5b7f2e22';
const keyOf = (variables: NodeJS.ProcessEnv, environmentId = PRODUCTION) => keyOfJob(variables, environmentId);

const GITHUB = { GITHUB_RUN_ID: '17', GITHUB_RUN_ATTEMPT: '1', GITHUB_JOB: 'deploy' };

describe('the key of a job', () => {
  it.each([
    ['GitHub', GITHUB, { GITHUB_RUN_ATTEMPT: '2' }],
    ['GitLab', { CI_JOB_ID: '4711' }, { CI_JOB_ID: '4712' }],
    ['Buildkite', { BUILDKITE_JOB_ID: 'a1' }, { BUILDKITE_JOB_ID: 'b2' }],
    ['CircleCI', { CIRCLE_WORKFLOW_JOB_ID: 'a1' }, { CIRCLE_WORKFLOW_JOB_ID: 'b2' }],
    ['Jenkins', { BUILD_TAG: 'jenkins-shop-7' }, { BUILD_TAG: 'jenkins-shop-8' }],
  ])('of %s is the same for a step that is repeated, and another one for a job that is run again', (_, job, again) => {
    expect(keyOf(job)).toBeDefined();
    expect(keyOf({ ...job })).toBe(keyOf(job));
    expect(keyOf({ ...job, ...again })).not.toBe(keyOf(job));
  });

  it('is another one for another job of the same run, and for another environment', () => {
    const keys = [keyOf(GITHUB), keyOf({ ...GITHUB, GITHUB_JOB: 'migrate' }), keyOf(GITHUB, STAGING)];
    expect(new Set(keys).size).toBe(3);
  });

  it.each([[{ BUILD_TAG: 'jenkins-our shop-7' }], [{ BUILD_TAG: `jenkins-${'x'.repeat(300)}-7` }]])(
    'is one that the service takes, whatever the job is called: %j',
    (job) => {
      expect(keyOf(job)).toMatch(/^[\x21-\x7e]{1,255}$/);
      expect(keyOf({ BUILD_TAG: `${job.BUILD_TAG}1` })).not.toBe(keyOf(job));
    },
  );

  it.each([[{}], [{ CI_JOB_ID: '', GITHUB_RUN_ID: '' }]])('is none where no pipeline is: %j', (variables) => {
    expect(keyOf(variables)).toBeUndefined();
  });
});
