// Copies the built widget under the hash of its content, for pages that pin a version, and writes what they pin it with. Run by node itself:
// node scripts/widget.ts DIR
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: node scripts/widget.ts DIR');
const code = await readFile(join(dir, 'nozama.js'));
const name = `nozama-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.js`;
const integrity = `sha384-${createHash('sha384').update(code).digest('base64')}`;
await writeFile(join(dir, name), code);
await writeFile(join(dir, 'nozama.json'), `${JSON.stringify({ script: `/widget/${name}`, integrity }, null, 2)}\n`);
