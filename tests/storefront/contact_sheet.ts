// All screenshots on one page, to be looked at: contact-sheet.html and contact-sheet.png beside them.
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from './browser.ts';

const kColumns = ['desktop-light', 'desktop-dark', 'phone-light', 'phone-dark'] as const;

function markup(names: readonly string[], files: readonly string[]): string {
  const rows = names.map((name) => {
    const cells = kColumns.map((column) => {
      const file = `${name}-${column}.png`;
      return `<td>${files.includes(file) ? `<a href="${file}"><img src="${file}" alt="${name}, ${column}" class="${column.split('-')[0]}"></a>` : ''}</td>`;
    });
    return `<tr><th>${name}</th>${cells.join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Contact sheet</title>
<style>
  body { margin: 1rem; font: 1rem system-ui, sans-serif; background: #808080; color: #fff; }
  td { padding: 0.25rem; vertical-align: top; }
  th { writing-mode: vertical-rl; }
  .desktop { width: 36rem; }
  .phone { width: 12rem; }
</style>
<table>${rows.join('\n')}</table></html>
`;
}

// `names` are of pages; a file is called "home-desktop-light.png".
export async function writeContactSheet(folder: string, names: readonly string[]): Promise<void> {
  const files = await readdir(folder);
  const sheet = path.join(folder, 'contact-sheet.html');
  await writeFile(sheet, markup(names, files));
  const { context, close } = await launch({ viewport: { width: 1640, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(pathToFileURL(sheet).href);
    await page.screenshot({ path: path.join(folder, 'contact-sheet.png'), fullPage: true });
  } finally {
    await close();
  }
}
