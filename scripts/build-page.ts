/**
 * Part of `npm ci` and of `npm run build`: the web page, from src/page into dist/page. Quiet unless
 * something is wrong.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Into a directory of its own: what was there before is removed. */
export async function buildPage(directory: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: join(root, 'src', 'page'),
    // Hash routing: the page works below any path.
    base: './',
    logLevel: 'warn',
    build: {
      outDir: directory,
      emptyOutDir: true,
      target: 'es2022',
      // The policy of the page allows files of this server alone, and nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    worker: { format: 'es' },
  });
}

/** False for who installs without the development packages: the page is there already, or not wanted. */
function canBuildPage(): boolean {
  return existsSync(join(root, 'node_modules', 'vite', 'package.json'));
}

if (import.meta.main) {
  if (canBuildPage()) await buildPage(join(root, 'dist', 'page'));
  else process.stdout.write('the web page is not built: its tools are development packages\n');
}
