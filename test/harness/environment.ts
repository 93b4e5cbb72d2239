/**
 * Makes the variables of this process what they were, one by one. A new object in place of `process.env` is nobody's but JavaScript's:
 * what looks itself (`os.tmpdir()`) and files that run later in the same process would have the old ones, and changes would not count.
 */
export function putEnvironmentBack(before: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
}
