// Writes routes.json beside the built pages: the app's own paths, "product/{id}", which the server answers with the shell.
// Run by node itself: node scripts/routes.ts DIR
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: node scripts/routes.ts DIR');

const routes: string[] = [];
for (const name of await readdir(path.join(import.meta.dirname, '../src/routes'), { recursive: true })) {
  if (path.basename(name) !== '+page.svelte') continue;
  const segments = path.dirname(name).split(path.sep).filter((segment) => segment !== '.' && !/^\(.*\)$/.test(segment));
  for (const segment of segments) {
    if (!/^(?:[\w-]+|\[\w+\])$/.test(segment)) throw new Error(`${name}: the server knows literal segments and [name] only`);
  }
  routes.push(segments.map((segment) => segment.replace(/^\[(.*)\]$/, '{$1}')).join('/'));
}
await writeFile(path.join(dir, 'routes.json'), `${JSON.stringify(routes.sort())}\n`);
