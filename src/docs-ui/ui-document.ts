import { METHODS, type OpenApiDocument, type Parameter, type PathItem } from '../contract/openapi-document.js';

/** Where the filestores of the contract's examples lie. */
const EXAMPLE_ROOT = '/srv/filestores/';

/** What exists, for the examples: ids by the name of their path parameter, and a directory below which filestores may lie. */
export type ExistingThings = Readonly<Record<string, string> & { filestoreRoot?: string }>;

/**
 * The contract as Swagger UI shows it best: with things that exist in its examples, and with the
 * parameters of a path at each of its operations. (Where those of a path are references, the UI
 * shows an empty field without a name.)
 */
export function uiDocument(document: OpenApiDocument, existing: ExistingThings): OpenApiDocument {
  const copy: OpenApiDocument & { servers?: unknown } = withExamples(document, existing);
  // There is one, this: a menu of it would only be in the way.
  delete copy.servers;
  for (const item of Object.values(copy.paths)) moveParameters(item);
  emptyHeaders(copy);
  return copy;
}

/**
 * The UI fills examples in and sends them. An idempotency key that is sent again starts nothing, and a
 * stream that goes on after somebody else's event shows nothing.
 */
function emptyHeaders({ components }: OpenApiDocument): void {
  const parameters = Object.values(components.parameters ?? {}) as (Parameter & { example?: unknown })[];
  for (const parameter of parameters) if (parameter.in === 'header') delete parameter.example;
}

/** The contract uses one example id for each kind of thing, everywhere: all its places change together. */
function withExamples(document: OpenApiDocument, { filestoreRoot, ...ids }: ExistingThings): OpenApiDocument {
  const parameters = Object.values(document.components.parameters ?? {}) as (Parameter & { example?: unknown })[];
  let text = JSON.stringify(document);
  for (const { name, example } of parameters) {
    const id = ids[name];
    if (id !== undefined && typeof example === 'string') text = text.replaceAll(inJson(example), () => inJson(id));
  }
  if (filestoreRoot !== undefined) text = text.replaceAll(EXAMPLE_ROOT, () => inJson(`${filestoreRoot}/`));
  return JSON.parse(text) as OpenApiDocument;
}

/** As the text stands within a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function moveParameters(item: PathItem): void {
  const { parameters: shared = [] } = item;
  delete item.parameters;
  for (const method of METHODS) {
    const operation = item[method];
    if (operation !== undefined) operation.parameters = [...shared, ...(operation.parameters ?? [])];
  }
}
