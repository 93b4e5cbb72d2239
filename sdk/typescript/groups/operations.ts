import { operationConfirm, operationGiveUp, operationRetry, operationsList } from '../generated/sdk.gen.js';
import type { Operation, OperationPage, OperationsListData } from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, Filters, ListOptions } from '../requests/calls.js';

/** What is under way, what hangs, and what needs a person. */
export class Operations {
  constructor(private readonly calls: Calls) {}

  list(
    filters: Filters<OperationsListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<Operation, OperationPage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => operationsList({ ...means, query }), options);
    }, pageSize);
  }

  /** Tries it now, and not when its time has come. */
  retry(operationId: string, options?: CallOptions): Promise<Operation> {
    return this.calls.run((means) => operationRetry({ ...means, path: { operationId } }), options);
  }

  /** A person has looked, and what it waits for is so. */
  confirm(operationId: string, options?: CallOptions): Promise<Operation> {
    return this.calls.run((means) => operationConfirm({ ...means, path: { operationId } }), options);
  }

  /** It is not tried again. */
  giveUp(operationId: string, options?: CallOptions): Promise<void> {
    return this.calls.do((means) => operationGiveUp({ ...means, path: { operationId } }), options);
  }
}
