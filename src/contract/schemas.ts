import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type OpenApiDocument, resolveReference, type Schema } from './openapi-document.js';

/** How the contract's schemas refer to each other, and how Ajv finds them from any part of the contract. */
const IN_DOCUMENT = '#/components/schemas/';
const IN_AJV = 'contract#/$defs/';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Compiles the schemas of the contract. Values are checked as they are: nothing is coerced and no
 * default is filled in on the way (inside `oneOf`, Ajv would fill in those of every branch it tries).
 */
export class Schemas {
  private readonly ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictTypes: false,
    unicodeRegExp: true,
  });
  private readonly compiled = new Map<Schema, ValidateFunction>();

  constructor(private readonly document: OpenApiDocument) {
    addFormats.default(this.ajv);
    // Its own one also takes `urn:uuid:…`, which PostgreSQL does not.
    this.ajv.addFormat('uuid', UUID);
    // How wide a number is where it is received; what it may be, its bounds say.
    for (const width of ['int32', 'int64']) this.ajv.addFormat(width, true);
    this.ajv.addVocabulary(['example', 'discriminator', 'x-enum-varnames', 'x-nullable']);
    this.ajv.addSchema(forAjv({ $id: 'contract', $defs: document.components.schemas ?? {} }));
  }

  /** The check for a schema of the document, or one made of such. Compiled once for each schema object. */
  validator(schema: Schema): ValidateFunction {
    let validate = this.compiled.get(schema);
    if (validate === undefined) {
      validate = this.ajv.compile(forAjv(schema));
      this.compiled.set(schema, validate);
    }
    return validate;
  }

  /** The schema with what it refers to written out, one level deep; what stands beside a `$ref` wins. */
  resolve(schema: Schema): Schema {
    if (typeof schema.$ref !== 'string') return schema;
    const { $ref, ...beside } = schema;
    const target = resolveReference(this.document, $ref.replace(IN_AJV, IN_DOCUMENT)) as Schema;
    return { ...this.resolve(target), ...beside };
  }
}

function forAjv(schema: Schema): Schema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace(IN_DOCUMENT, IN_AJV) : value,
  );
  return JSON.parse(text) as Schema;
}
