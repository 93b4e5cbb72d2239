/** Says in a few words what values a schema allows; components are links to where they are described. */
export class SchemaText {
  /** @param {string} types the page of the types, seen from where the text stands */
  constructor(types) {
    this.types = types;
  }

  link(name) {
    return `<a href="${this.types}#${name}"><code>${name}</code></a>`;
  }

  /** @returns {string} HTML in one line */
  of(schema) {
    if (schema.$ref !== undefined) return this.link(schema.$ref.split('/').at(-1));
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) return choices.map((choice) => this.of(choice)).join(' or ');
    if (schema.const !== undefined) return code(schema.const);
    if (schema.enum !== undefined) return schema.enum.map(code).join(' · ');
    const types = [schema.type ?? 'anything'].flat().map((type) => this.#plain(type, schema));
    const limits = limitsOf(schema);
    return [types.join(' or '), ...limits].join(', ');
  }

  #plain(type, { items, additionalProperties, format }) {
    if (type === 'array') return `list of ${this.of(items ?? {})}`;
    if (type === 'object' && typeof additionalProperties === 'object') {
      return `object, each value: ${this.of(additionalProperties)}`;
    }
    if (type === 'string' && format !== undefined) return format;
    return type;
  }
}

function limitsOf({ minimum, maximum, minLength, maxLength, minItems, maxItems, default: usual }) {
  return [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' of them'),
    usual === undefined ? '' : `default ${code(usual)}`,
  ].filter((text) => text !== '');
}

function range(least, most, unit) {
  if (most === undefined) return least === undefined || least === 0 || unit !== '' ? '' : `from ${least}`;
  return least === undefined || (least <= 1 && unit !== '') ? `up to ${most}${unit}` : `${least} to ${most}${unit}`;
}

export function code(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `<code>${escaped(text)}</code>`;
}

export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('|', '&#124;');
}

/** Markdown of the contract as it goes into one cell of a table. */
export function cell(markdown = '') {
  return markdown
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');
}
