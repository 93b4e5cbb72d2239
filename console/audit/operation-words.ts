/** What an operation does, as one would say it, under what it is done to: those that a request asks for, and those of the service itself. */
const WORDS = {
  Snapshots: {
    snapshotCreate: 'Take a snapshot',
    'snapshot.create': 'Take a snapshot by itself',
    snapshotCancel: 'Cancel a snapshot',
    snapshotPin: 'Pin a snapshot',
    snapshotUnpin: 'Unpin a snapshot',
    'pin.expire': 'End a pin after its time',
    snapshotVerify: 'Verify a snapshot',
    'snapshot.verify': 'Verify a snapshot by itself',
    snapshotDelete: 'Delete a snapshot',
    'snapshot.expire': 'Delete a snapshot by retention',
    'snapshot.fail': 'End a snapshot without its worker',
    'verification.fail': 'End a verification without its worker',
    'standby.build': 'Build a standby',
    'standby.remove': 'Remove a standby',
  },
  Rollbacks: {
    rollbackCreate: 'Roll back',
    rollbackUndo: 'Undo a rollback',
    rollbackCancel: 'Cancel a rollback',
    'rollback.recover': 'Recover a rollback',
  },
  'Files and tables': {
    restoreItems: 'Take files and tables out of a snapshot',
    itemRestoreUndo: 'Take back what was taken out of a snapshot',
    'item-restore.fail': 'End the taking out of files and tables without its worker',
  },
  Exports: {
    snapshotExport: 'Export a snapshot',
    snapshotExportDownload: 'Download an export',
    snapshotExportDelete: 'Remove the file of an export',
    'export.remove': 'Remove the file of an export after its time',
    'export.fail': 'End an export without its worker',
  },
  Deployments: {
    deploymentCreate: 'Announce a deployment',
    deploymentFinish: 'Finish a deployment',
    'gate.open': 'Open a gate',
    'gate.close': 'Close a gate',
  },
  'Projects and environments': {
    projectCreate: 'Create a project',
    projectUpdate: 'Change a project',
    projectDelete: 'Delete a project',
    environmentCreate: 'Register an environment',
    environmentUpdate: 'Change an environment',
    environmentDelete: 'Delete an environment',
    settingsUpdate: 'Change settings',
    snapshotDefaultsReplace: 'Change the defaults of a project',
  },
  Operations: {
    operationRetry: 'Try an operation again',
    operationConfirm: 'Confirm an operation',
    operationGiveUp: 'Give an operation up',
  },
  Webhooks: {
    webhookCreate: 'Create a webhook',
    webhookUpdate: 'Change a webhook',
    webhookDelete: 'Delete a webhook',
    webhookRotateSecret: 'Give a webhook a new secret',
    webhookTest: 'Send a test event',
    webhookRedeliver: 'Deliver an event anew',
  },
} as const;

const KNOWN = new Map<string, string>(Object.values(WORDS).flatMap((words) => Object.entries(words)));

/** To choose from. */
export const OPERATIONS = Object.entries(WORDS).flatMap(([group, words]) =>
  Object.entries(words).map(([value, label]) => ({ value, label, group })),
);

/** Of an operation that has no sentence here, such as one of a newer service, its own name with spaces: `snapshotList` is `Snapshot list`. */
export function operationInWords(operation: string): string {
  const known = KNOWN.get(operation);
  if (known !== undefined) return known;
  const spaced = operation.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[._-]+/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase();
}
