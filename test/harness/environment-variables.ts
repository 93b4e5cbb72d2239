/**
 * Remembers the variables of this process. What it returns puts them back, one by one and into the same object: files of one worker share
 * it, `os.tmpdir()` looks into no other one, and `vi.unstubAllEnvs` takes variables out of the first one there was.
 */
export function environmentVariablesNow(): () => void {
  const before = { ...process.env };
  return () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  };
}
