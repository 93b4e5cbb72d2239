import { Contract } from './contract.mjs';
import { SchemaText, cell, code, escaped } from './schema-text.mjs';

/** Problems that nearly every operation may answer with; they are told once. */
const USUAL = new Set(['304', '400', '401', '403', '404', '408', '413', '415', '422', '429', '431', '500', '503']);
const schemas = new SchemaText('types.html');

/** What the contract says, as pages: one for each tag, before them all operations, after them problems and types. */
export function apiPages(contract = new Contract()) {
  const { tags } = contract.document;
  const pages = [...tags.map((tag) => tagPage(contract, tag)), problemsPage(contract), typesPage(contract)];
  return new Map([
    ['made:api', [overview(contract)]],
    ['made:api/tags', pages.map((page) => ({ ...page, source: `made:${page.url}`, under: true }))],
  ]);
}

function overview(contract) {
  const { info, tags } = contract.document;
  const lines = tags.flatMap((tag) => [
    `## ${capital(tag.name)}`,
    '',
    `${tag.description}`,
    '',
    '| operation | what it does |',
    '| --- | --- |',
    ...contract
      .operationsOf(tag.name)
      .map(
        ({ operationId, summary }) =>
          `| <a href="${tag.name}.html#${operationId}">${code(operationId)}</a> | ${cell(summary)} |`,
      ),
    '',
  ]);
  const contractIs =
    'All of this is made of the contract, [openapi.yaml](../openapi.yaml), in which it stands in full.';
  const text = ['# The API', '', info.description, '', contractIs, '', ...lines].join('\n');
  return { source: 'made:api', url: 'api/index.html', title: 'The API', text };
}

function tagPage(contract, tag) {
  const name = capital(tag.name);
  const operations = contract.operationsOf(tag.name).flatMap((operation) => operationText(contract, operation));
  return {
    url: `api/${tag.name}.html`,
    name,
    // Documents have the same words for headings.
    title: `API: ${tag.name}`,
    text: [`# ${name}`, '', tag.description, '', ...operations].join('\n'),
  };
}

function operationText(contract, operation) {
  const { operationId, method, path, summary, description = '', security = [], parameters, requestBody } = operation;
  const permissions = security.flatMap((scheme) => Object.values(scheme).flat());
  const asked = [
    `<p class="operation"><b class="${method}">${method.toUpperCase()}</b> `,
    `<code>${path === undefined ? 'to your URL' : escaped(path).replaceAll('/', '/<wbr>')}</code></p>`,
  ].join('');
  const needs = permissions.length === 0 ? 'no token' : permissions.map(code).join(', ');
  return [
    `<h2 id="${operationId}">${escaped(summary)}</h2>`,
    '',
    asked,
    '',
    `<p class="facts"><code>${operationId}</code>${path === undefined ? '' : ` · needs ${needs}`}</p>`,
    '',
    description,
    '',
    ...parameterTable(contract, parameters),
    ...bodyText(contract, requestBody),
    ...answerTable(contract, operation),
  ];
}

function parameterTable(contract, parameters) {
  if (parameters.length === 0) return [];
  const rows = parameters
    .map((parameter) => contract.follow(parameter))
    .map(({ name, in: place, required, schema, description }) => {
      const kind = required ? `${place}, required` : place;
      return `| ${code(name)}<br><small>${kind}</small> | ${described(schema, description)} |`;
    });
  return ['| parameter | what it says |', '| --- | --- |', ...rows, ''];
}

function bodyText(contract, body) {
  if (body === undefined) return [];
  const [[type, { schema }]] = Object.entries(contract.follow(body).content);
  const kind = type === 'application/json' ? '' : ` (\`${type}\`)`;
  const { properties, required = [] } = contract.follow(schema);
  const said = `**Body**${kind}: ${schemas.of(schema)}${contract.follow(body).required ? '' : ', may be left out'}`;
  return properties === undefined ? [said, ''] : [said, '', ...propertyTable(properties, required)];
}

function propertyTable(properties, required) {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const must = required.includes(name) ? '<br><small>required</small>' : '';
    return `| ${code(name)}${must} | ${described(schema, schema.description)} |`;
  });
  return ['| property | what it says |', '| --- | --- |', ...rows, ''];
}

/** What it is for, and below that what it may be. */
function described(schema, description) {
  return `${cell(description)}<br><small>${schemas.of(schema)}</small>`;
}

function answerTable(contract, { responses, path }) {
  const told = Object.entries(responses).filter(([status]) => !USUAL.has(status));
  const rows = told.map(([status, response]) => {
    const { description, content = {} } = contract.follow(response);
    const problems = contract.problemsOf(response).map((problem) => problemLink(problem.code));
    const body = Object.entries(content).map(([type, { schema }]) =>
      type === 'application/json' ? schemas.of(schema) : `<code>${type}</code>`,
    );
    return `| ${status} | ${problems.length > 0 ? [...new Set(problems)].join(' · ') : body.join(' or ')} | ${cell(description)} |`;
  });
  const usual = Object.keys(responses).filter((status) => USUAL.has(status));
  const rest =
    path === undefined
      ? []
      : [`Also ${usual.join(', ')}: <a href="problems.html">what every operation may answer</a>.`, ''];
  return ['| answer | body | when |', '| --- | --- | --- |', ...rows, '', ...rest];
}

function problemLink(name) {
  return `<a href="problems.html#${name}">${code(name)}</a>`;
}

function problemsPage(contract) {
  const { paths, components } = contract.document;
  const answers = [
    ...Object.values(components.responses),
    ...Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap(({ responses = {} }) => Object.values(responses)),
    ),
  ];
  const examples = new Map();
  for (const problem of answers.flatMap((answer) => contract.problemsOf(answer)))
    if (!examples.has(problem.code)) examples.set(problem.code, problem);
  const rows = components.schemas.ProblemCode.enum.map((name) => {
    const { status = '', detail = '' } = examples.get(name) ?? {};
    return `| <a id="${name}"></a>${code(name)}<br><small>${status}</small> | ${cell(escaped(detail))} |`;
  });
  const text = [
    '# Problems',
    '',
    `What went wrong, as ${schemas.link('Problem')} (\`application/problem+json\`, RFC 9457). Programs go by \`code\`, which stays as it is; people read`,
    '`detail`, which says what to do. Here is an example of each.',
    '',
    '| code | for instance |',
    '| --- | --- |',
    ...rows,
  ];
  return { url: 'api/problems.html', title: 'Problems', text: text.join('\n') };
}

function typesPage(contract) {
  const types = Object.entries(contract.document.components.schemas).flatMap(([name, schema]) => {
    const { description = '', properties, required = [] } = schema;
    const rows = properties === undefined ? [schemas.of(schema), ''] : propertyTable(properties, required);
    return [`<h2 id="${name}">${name}</h2>`, '', description, '', ...rows];
  });
  const intro = 'What bodies and answers consist of. A property that is not called required may be missing.';
  return { url: 'api/types.html', title: 'Types', text: ['# Types', '', intro, '', ...types].join('\n') };
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}
