// Writes csp.json beside the built pages: the hashes of their inline scripts and styles, from which the server makes
// its Content-Security-Policy header. Run by node itself: node scripts/csp.ts DIR
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: node scripts/csp.ts DIR');

const source = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const scripts = new Set<string>();
const styles = new Set<string>();
for (const name of await readdir(dir)) {
  if (!name.endsWith('.html')) continue;
  const html = await readFile(join(dir, name), 'utf8');
  if (/\son[a-z]+\s*=\s*["']/i.test(html.replace(/<script[\s\S]*?<\/script>/g, ''))) {
    throw new Error(`${name} has an inline event handler, which the policy forbids`);
  }
  for (const [, text] of html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)) scripts.add(source(text ?? ''));
  for (const [, text] of html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)) styles.add(source(text ?? ''));
}
// Style attributes in compiled templates, such as that of SvelteKit's announcer, need a hash each and this keyword.
const attributes = new Set<string>();
for (const name of await readdir(dir, { recursive: true })) {
  if (!name.endsWith('.js')) continue;
  const code = await readFile(join(dir, name), 'utf8');
  for (const [, text] of code.matchAll(/\sstyle="([^"$\\]+)"/g)) attributes.add(source(text ?? ''));
}
if (attributes.size > 0) styles.add("'unsafe-hashes'");
for (const hash of attributes) styles.add(hash);
if (scripts.size === 0) throw new Error(`no page with a script in ${dir}`);
await writeFile(join(dir, 'csp.json'), `${JSON.stringify({ 'script-src': [...scripts], 'style-src': [...styles] }, null, 2)}\n`);
