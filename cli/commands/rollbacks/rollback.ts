import type { Command } from 'commander';
import type { Invocation } from '../../invocation.js';
import { addRollbackLogsCommand } from './rollback-logs.js';
import { addRollbackPlanCommand } from './rollback-plan.js';
import { addRollbackRunCommand } from './rollback-run.js';
import { addRollbackUndoCommands } from './rollback-undo.js';

export function addRollbackCommands(program: Command, run: Invocation): void {
  const rollback = program.command('rollback').description('Rollbacks: an environment becomes what a snapshot holds');
  addRollbackPlanCommand(rollback, run);
  addRollbackRunCommand(rollback, run);
  addRollbackUndoCommands(rollback, run);
  addRollbackLogsCommand(rollback, run);
}
