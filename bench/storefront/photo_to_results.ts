// Photo chosen → first results painted, by the browser's own marks (web/src/lib/marks.ts), beside the server's timings. Run by
// ./dev bench storefront [PHOTOS].
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { desktop, phone, visit, type View } from '../../tests/storefront/browser.ts';
import { root, startService } from '../../tests/storefront/service.ts';

interface Walk {
  prepared: number; // read, turned upright, scaled down
  answered: number; // sent, searched, received
  painted: number; // shown
  total: number; // photo chosen → results painted
  server: number; // the server's timings_ms.total
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function readMarks(): Walk | undefined {
  const measure = performance.getEntriesByName('nozama:photo-to-results')[0] as (PerformanceMeasure & { detail: { timings_ms: { total: number } } }) | undefined;
  const at = (step: string): number => performance.getEntriesByName(`nozama:${step}`)[0]?.startTime ?? NaN;
  if (measure === undefined) return undefined;
  const [chosen, ready, answer] = [at('photo-chosen'), at('photo-ready'), at('answer')];
  return {
    prepared: ready - chosen,
    answered: answer - ready,
    painted: measure.startTime + measure.duration - answer,
    total: measure.duration,
    server: measure.detail.timings_ms.total,
  };
}

async function walks(address: string, view: View, photos: readonly string[]): Promise<Walk[]> {
  const found: Walk[] = [];
  await visit({ address, view }, async ({ page }) => {
    for (const photo of photos) {
      await page.goto('/');
      await page.locator('.kind').first().waitFor();
      await page.waitForLoadState('networkidle');
      const file = { name: path.basename(photo), mimeType: 'image/webp', buffer: await readFile(photo) };
      await page.locator('main input[type=file]').first().setInputFiles(file);
      const handle = await page.waitForFunction(readMarks);
      const walk = await handle.jsonValue();
      if (walk) found.push(walk);
    }
  });
  return found;
}

const count = Number(process.argv[2] ?? 50);
const folder = path.join(root, 'demo/queries');
const all = (await readdir(folder)).sort();
// Spread over all sources and kinds, the same ones each time.
const photos = Array.from({ length: Math.min(count, all.length) }, (_, i) => path.join(folder, all[Math.floor((i * all.length) / count)] ?? ''));
const service = await startService();
try {
  console.log('| view | figure | prepared | answered | painted | photo → results | server |\n|---|---|---:|---:|---:|---:|---:|');
  for (const view of [desktop, phone]) {
    await walks(service.address, view, photos.slice(0, 3)); // the program's and the browser's first times
    const found = await walks(service.address, view, photos);
    for (const [figure, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const) {
      const cells = (['prepared', 'answered', 'painted', 'total', 'server'] as const).map((step) => `${quantile(found.map((walk) => walk[step]), share).toFixed(1)} ms`);
      console.log(`| ${view.name} | ${figure} of ${found.length} | ${cells.join(' | ')} |`);
    }
  }
} finally {
  await service.stop();
}
