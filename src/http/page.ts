/** The built web page. Its files are read once: what is not among them is not there, whatever path asks. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isKnownTo, sendText, takesGzip } from './answer.ts';

/** Scripts, styles, pictures and requests of this server alone; nothing inline, no frames, no forms. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Names that Vite ends with a hash of what is inside: another content has another name. */
const HASHED = /^\/assets\/.*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;
const PATH = /^(\/[A-Za-z0-9_.-]+)+$/;
const INDEX = '/index.html';
const NOT_BUILT =
  'the page is not built: run "npm run build" where channel-ledger was checked out, and begin again\n';

export interface PageFile {
  /** As a URL has it: `/assets/index-4f2a91bc.js`. */
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** Absent where it would not be smaller. */
  readonly gzipped?: Buffer;
  readonly etag: string;
  readonly isHashed: boolean;
}

/** Where `npm run build` puts it, in a checkout as in the package. */
export function pageDirectory(): string {
  const manifest = createRequire(import.meta.url).resolve('channel-ledger/package.json');
  return join(dirname(manifest), 'dist', 'page');
}

/** The page's files; none where it is not built. Throws for a file that no browser could be told of. */
export function readPage(directory: string): readonly PageFile[] {
  return namesIn(directory).map((name) => {
    const path = `/${name.replaceAll('\\', '/')}`;
    const type = TYPES[extname(path)];
    if (type === undefined || !PATH.test(path)) {
      throw new Error(`${path} is no file of a page: its name or kind is not known`);
    }
    const bytes = readFileSync(join(directory, name));
    const gzipped = gzipSync(bytes);
    return {
      path,
      type,
      bytes,
      ...(gzipped.length < bytes.length && { gzipped }),
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      isHashed: HASHED.test(path),
    };
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    const found = readdirSync(directory, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** `/` is the page; its parts are under their own names. It shows nothing before it has asked. */
export function servePage(app: FastifyInstance, files: readonly PageFile[]): void {
  const index = files.find(({ path }) => path === INDEX);
  if (index === undefined) {
    app.get('/', (request, reply) => {
      return sendText(request, reply.code(404), NOT_BUILT, 'text/plain; charset=utf-8');
    });
    return;
  }
  app.get('/', (request, reply) => sendFile(request, reply, index));
  for (const file of files) {
    if (file !== index) app.get(file.path, (request, reply) => sendFile(request, reply, file));
  }
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.headers({
    'content-security-policy': PAGE_POLICY,
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
  });
  if (isKnownTo(request, file.etag)) return reply.code(304).send();
  reply.type(file.type);
  if (file.gzipped === undefined || !takesGzip(request)) return reply.send(file.bytes);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}
