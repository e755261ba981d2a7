import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isNamed } from './answers/index.ts';
import { sampleOperations } from './sample-operations.ts';
import { sampleSubscriptions } from './sample-subscriptions.ts';

interface Page {
  readonly policy: string;
  readonly html: Buffer;
  readonly compressed: Buffer;
  readonly etag: string;
}

/**
 * Whatever the page might ask for, the browser asks nobody but this gateway. The page is one file: its scripts are in it, known by their
 * hashes, so that no other one is run, and its editor's workers are made from text in them.
 */
function policyFor(html: string): string {
  const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${hashOf(script, 'base64')}'`,
  );
  return [
    "default-src 'none'",
    "connect-src 'self'",
    `script-src ${hashes.join(' ')}`,
    'worker-src blob:',
    // Its editor makes style sheets and style attributes as it runs: without them it has no colours, and its lines lie on each other.
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** GraphiQL, without a content delivery network. Made at the first request for it: it has 9 MB, and few gateways show it. */
export function openGraphiqlPage(endpoint: string): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let page: Promise<Page> | null = null;

  /** One that could not be made is made anew for whoever comes next. */
  function pageOnce(): Promise<Page> {
    page ??= makePage(endpoint).catch((error: unknown) => {
      page = null;
      throw error;
    });
    return page;
  }

  return async (request, response) => {
    const { policy, html, compressed, etag } = await pageOnce();
    response.setHeader('content-security-policy', policy);
    response.setHeader('cache-control', 'no-cache');
    // Weak: compressed or not, it is the same page.
    response.setHeader('etag', `W/${etag}`);
    response.appendHeader('vary', 'Accept, Accept-Encoding');
    if (isNamed(etag, request.headers['if-none-match'])) {
      response.writeHead(304).end();
      return;
    }
    const isCompressed = takesGzip(request.headers['accept-encoding']);
    const body = isCompressed ? compressed : html;
    if (isCompressed) response.setHeader('content-encoding', 'gzip');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.byteLength });
    response.end(body);
  };
}

/** Whether it is among those that a client names, and not with the weight 0, which says that it is not taken. */
function takesGzip(acceptEncoding = ''): boolean {
  return acceptEncoding.split(',').some((coding) => {
    const [name = '', weight = ''] = coding.split(';');
    return name.trim().toLowerCase() === 'gzip' && !/^\s*q=0(\.0*)?\s*$/.test(weight);
  });
}

/**
 * A tab of GraphiQL that takes the focus jumps to where an unfinished animation left it, away from under the mouse: the first
 * click on each of several first tabs is lost. So tabs stay where they are. And those that find no room in the first row make
 * another one, or nobody would find them: there is no scroll bar.
 */
const tabStyle = `<style>
  .graphiql-tab { transform: none !important; }
  .graphiql-tabs { flex-wrap: wrap; }
  .graphiql-container .graphiql-session-header { height: auto; }
</style>`;

async function makePage(endpoint: string): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const defaultTabs = [...sampleOperations, ...sampleSubscriptions].map(({ query, variables }) => ({
    query,
    variables: variables === undefined ? null : JSON.stringify(variables, null, 2),
  }));
  // Subscriptions come as server-sent events: by GET, unless told otherwise, and then many ids don't fit into the address.
  // A credential in its headers editor would else stay in the browser's storage, for whoever sits there next.
  const page = renderGraphiQL({ endpoint, method: 'POST', title: 'Lochness gateway', defaultTabs, shouldPersistHeaders: false });
  const text = page.replace('</head>', `${tabStyle}</head>`);
  const html = Buffer.from(text);
  return { policy: policyFor(text), html, compressed: await promisify(gzip)(html), etag: `"${hashOf(text, 'base64url')}"` };
}

function hashOf(text: string, encoding: 'base64' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
