import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const USER = 'postgres';

/** Who a test server runs as: us, or the operating system's user `postgres` when we are root, which PostgreSQL refuses. */
export async function operatingSystemUser(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (uid !== 0) return { uid, gid };
  try {
    return { uid: await numberOf('-u'), gid: await numberOf('-g') };
  } catch (error) {
    throw new Error(`PostgreSQL does not run as root, and there is no user "${USER}": apt-get install postgresql`, {
      cause: error,
    });
  }
}

async function numberOf(option: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [option, USER]);
  return Number(stdout);
}
