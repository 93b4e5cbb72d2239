import { Document, Scalar, visit } from 'yaml';
import { escapedBetweenQuotes, hex, needsEscapes } from './visible.js';

/** YAML that no terminal interprets: texts with something in them that one might are put between double quotes, where they have escapes. */
export function harmlessYaml(value: unknown, ascii: boolean): string {
  // By way of JSON: what is undefined is not there, in YAML either.
  const document = new Document(JSON.parse(JSON.stringify(value)));
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value !== 'string') return;
      // In a block, ends of lines and spaces beside them are not always read as they were written.
      if (scalar.value.includes('\n') || needsEscapes(scalar.value, ascii)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity });
  return escapedBetweenQuotes(text, ascii, escape).trimEnd();
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}
