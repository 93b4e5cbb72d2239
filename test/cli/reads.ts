/** Commands that show something and change nothing. */
export const READS = [
  ...['project list', 'project show', 'env list', 'env show', 'standby show', 'settings show', 'retention plan'],
  ...['snapshot list', 'snapshot show SNAPSHOT', 'snapshot estimate', 'rollback logs', 'rollback logs DEPLOYMENT'],
  ...['rollback plan SNAPSHOT', 'deploy list', 'deploy show DEPLOYMENT', 'operations list', 'context show'],
  ...['webhooks list', 'whoami', 'snapshot tables SNAPSHOT', 'snapshot files SNAPSHOT'],
  ...['snapshot files SNAPSHOT --search a', 'snapshot compare SNAPSHOT SNAPSHOT --all', 'items list', 'exports list'],
];

export function wordsOf(command: string, names: Readonly<Record<string, string>>): string[] {
  return command.split(' ').map((word) => names[word] ?? word);
}
