/** Types and form, by the tools that know them. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface ToolResult {
  readonly name: string;
  readonly isClean: boolean;
  readonly output: string;
}

export const checkTypes = (root: string, project = '.') =>
  runTool(project === '.' ? 'types' : `types of ${project}`, root, 'tsc', [
    '-p',
    project,
    '--pretty',
    'false',
  ]);

export const checkForm = (root: string, paths: readonly string[] = []) =>
  runTool('form', root, 'biome', [
    'check',
    '--diagnostic-level=warn',
    '--error-on-warnings',
    '--max-diagnostics=50',
    ...paths,
  ]);

function runTool(
  name: string,
  root: string,
  command: string,
  args: readonly string[],
): Promise<ToolResult> {
  return new Promise((resolve) => {
    let output = '';
    const add = (chunk: Buffer) => {
      output += chunk.toString();
    };
    const child = spawn(join(root, 'node_modules', '.bin', command), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.on('error', (error) => resolve({ name, isClean: false, output: error.message }));
    child.on('close', (code) => resolve({ name, isClean: code === 0, output }));
  });
}
