/**
 * `npm run build:page`, and part of `npm ci` and `npm run build`: the web page, from src/page into
 * dist/page. Quiet unless something is wrong.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

if (existsSync(join(root, 'node_modules', 'vite', 'package.json'))) await buildPage();
else {
  // Who installs without the development packages has a page already, or runs without one.
  process.stdout.write('the web page is not built: its tools are development packages\n');
}

async function buildPage(): Promise<void> {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: join(root, 'src', 'page'),
    // Hash routing: the page works below any path.
    base: './',
    logLevel: 'warn',
    build: {
      outDir: join(root, 'dist', 'page'),
      emptyOutDir: true,
      target: 'es2022',
      // The policy of the page allows files of this server alone, and nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    worker: { format: 'es' },
  });
}
