/** `/docs`: the API's own description as one page to read, with no script and nothing from elsewhere. */
import type { FastifyInstance } from 'fastify';
import { htmlText } from '../ledger/html-text.ts';
import { whenAsked } from '../schema/when-asked.ts';
import { sendText } from './answer.ts';
import type { Json, OpenApi, OpenApiOperation, OpenApiParameter } from './openapi.ts';
import { PAGE_POLICY } from './page.ts';

/** What tells nothing of the ledger: everybody may read it. */
export const docsPaths = ['/docs', '/docs.css', '/openapi.json'];

export function serveDocs(app: FastifyInstance, description: () => OpenApi): void {
  const html = whenAsked(() => docsHtml(description()));
  app.get('/docs', (request, reply) => {
    reply.header('content-security-policy', PAGE_POLICY);
    return sendText(request, reply, html(), 'text/html; charset=utf-8');
  });
  app.get('/docs.css', (request, reply) => {
    return sendText(request, reply, STYLE, 'text/css; charset=utf-8');
  });
}

export function docsHtml({ info, paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const contents = operations.map(({ path, method }) => {
    return `<li><a href="#${idOf(method, path)}">${method.toUpperCase()} ${htmlText(path)}</a></li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(info.title)}: the API</title>
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<main>
<h1>${htmlText(info.title)}: the API</h1>
<p>${htmlText(info.description)} For programs: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Routes"><ul>
${contents.join('\n')}
</ul></nav>
${operations.map(({ path, method, operation }) => section(method, path, operation)).join('\n')}
</main>
</body>
</html>
`;
}

function section(method: string, path: string, operation: OpenApiOperation): string {
  const { summary, parameters = [], responses } = operation;
  const needed = parameters.some(({ required }) => required);
  // An event stream has no end that a reader of pages would see.
  const isToTry =
    method === 'get' && !needed && responses[200]?.content?.['text/event-stream'] === undefined;
  const shown = isToTry ? `<a href="${htmlText(path)}">${htmlText(path)}</a>` : htmlText(path);
  return `<section id="${idOf(method, path)}">
<h2><code>${method.toUpperCase()} ${shown}</code></h2>
<p>${htmlText(summary)}</p>
${parametersTable(parameters)}
${Object.entries(responses)
  .map(([status, response]) => answerOf(status, response))
  .join('\n')}
</section>`;
}

function parametersTable(parameters: readonly OpenApiParameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, in: where, required = false, description = '', schema }) => {
    const need = required ? 'required' : 'optional';
    return `<tr><th scope="row"><code>${htmlText(name)}</code></th><td>${where}, ${need}</td><td>${typeOf(schema)}</td><td>${htmlText(description)}</td></tr>`;
  });
  return `<table>
<thead><tr><th scope="col">parameter</th><th scope="col">where</th><th scope="col">type</th><th scope="col">what it does</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function answerOf(
  status: string,
  { description, content = {} }: OpenApiOperation['responses'][string],
): string {
  const forms = Object.entries(content);
  const title = `<code>${htmlText(status)}</code> ${htmlText(description)}`;
  if (forms.length === 0 || Number(status) >= 400) return `<p class="answer">${title}</p>`;
  const bodies = forms.map(([type, { schema }]) => `<p>${htmlText(type)}</p>${shapeOf(schema)}`);
  return `<details><summary>${title}</summary>${bodies.join('')}</details>`;
}

/** A schema in full: an object as a list of its fields. */
function shapeOf(schema: Json): string {
  const inner = isObject(schema.items) ? schema.items : schema;
  const { properties } = inner;
  if (!isObject(properties)) return `<p>${typeOf(schema)}${noteOf(schema)}</p>`;
  const required = new Set(Array.isArray(inner.required) ? inner.required : []);
  const fields = Object.entries(properties).map(([name, field]) => {
    const of = isObject(field) ? field : {};
    const may = required.has(name) ? '' : '?';
    const nested = isObject(elementOf(of).properties) ? shapeOf(of) : noteOf(of);
    return `<li><code>${htmlText(name)}${may}</code>: ${typeOf(of)}${nested}</li>`;
  });
  const head = inner === schema ? '' : '<p>a list of</p>';
  return `${head}<ul class="fields">${fields.join('')}</ul>`;
}

function elementOf(schema: Json): Json {
  return isObject(schema.items) ? schema.items : schema;
}

function noteOf({ description }: Json): string {
  return typeof description === 'string' ? ` (${htmlText(description)})` : '';
}

/** A schema in a few words. */
function typeOf(schema: Json): string {
  const { anyOf, enum: words, type, items, pattern } = schema;
  if (Array.isArray(anyOf)) {
    return anyOf.map((one: unknown) => (isObject(one) ? typeOf(one) : '')).join(' or ');
  }
  if (Array.isArray(words))
    return words.map((word) => `<code>${htmlText(String(word))}</code>`).join(', ');
  if (type === 'array') return `list of ${isObject(items) ? typeOf(items) : 'anything'}`;
  if (typeof pattern === 'string')
    return `${htmlText(String(type))} <code>${htmlText(pattern)}</code>`;
  return typeof type === 'string' ? htmlText(type) : 'anything';
}

function idOf(method: string, path: string): string {
  return `${method}${path.replaceAll(/[^a-z]+/gi, '-')}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
nav ul { columns: 16rem; padding-left: 1.2rem; }
h2 { margin-top: 2.5rem; border-top: 1px solid color-mix(in srgb, currentcolor 25%, transparent); padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; }
.answer { margin: 0.25rem 0; }
.fields { padding-left: 1.2rem; }
`;
