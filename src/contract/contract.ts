import type { ValidateFunction } from 'ajv';
import { type OpenApiDocument, readContract, type Schema } from './openapi-document.js';
import { type Operation, operationsOf } from './operation.js';
import { Schemas } from './schemas.js';

/** What every path of the contract begins with; controllers leave it out and `setGlobalPrefix` adds it. */
export const BASE_PATH = 'api/v1';

/** What a response without a body has to be: no JSON value at all. */
const NOTHING: Schema = { not: { type: ['object', 'array', 'string', 'number', 'boolean', 'null'] } };

/** openapi.yaml, ready to be held against requests and responses. */
export class Contract {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly schemas: Schemas;

  constructor(
    readonly document: OpenApiDocument,
    /** The file as it was written, comments and all. */
    readonly text: string,
  ) {
    this.operations = new Map(operationsOf(document).map((operation) => [operation.id, operation]));
    this.schemas = new Schemas(document);
    // Compiled now: a contract that cannot be checked must stop the start, not the first request.
    for (const { parameters, body } of this.operations.values()) {
      for (const schema of Object.values(parameters)) this.schemas.validator(schema);
      if (body !== null) this.schemas.validator(body.schema);
    }
  }

  /** Reads the contract of this package. Takes some 100 ms. */
  static load(): Contract {
    const { document, text } = readContract();
    return new Contract(document, text);
  }

  /**
   * The check for a response body, parsed JSON. Parameters of the content type are ignored; without one the body must be
   * undefined.
   * Throws when the contract does not declare such a response.
   */
  responseValidator(operationId: string, status: number, contentType?: string): ValidateFunction {
    const contents = this.operations.get(operationId)?.responses.get(status);
    const type = contentType?.split(';')[0]?.trim().toLowerCase();
    if (contents !== undefined && contents.size === 0 && type === undefined) return this.schemas.validator(NOTHING);
    const schema = type === undefined ? undefined : (contents?.get(type) ?? contents?.get('*/*'));
    if (schema !== undefined) return this.schemas.validator(schema);
    throw new Error(`The contract declares no ${status} ${type ?? 'without a body'} for ${operationId}.`);
  }

  /** The check for the parsed `data` of one event of a stream. Throws when the contract does not declare such an event. */
  eventValidator(operationId: string, event: string): ValidateFunction {
    const schema = this.operations.get(operationId)?.events.get(event);
    if (schema === undefined) throw new Error(`The contract declares no event ${event} for ${operationId}.`);
    return this.schemas.validator(schema);
  }
}
