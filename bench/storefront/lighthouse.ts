// Lighthouse on the home page, a page of results and a product, against the release program with the sample shop; its report as
// build/lighthouse/*.html. Fails when accessibility, best practices or SEO are not what they have to be; performance is a timing and only told.
// Run by ./dev lighthouse.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { launch as launchChrome } from 'chrome-launcher';
import lighthouse, { desktopConfig, type Result } from 'lighthouse';
import { samplePhoto } from '../../tests/storefront/photos.ts';
import { root, startService } from '../../tests/storefront/service.ts';

const kCategories = ['performance', 'accessibility', 'best-practices', 'seo'] as const;
const kAudits = { 'first-contentful-paint': 'FCP', 'largest-contentful-paint': 'LCP', 'total-blocking-time': 'TBT', 'cumulative-layout-shift': 'CLS', 'speed-index': 'SI' } as const;
const folder = path.join(root, 'build/lighthouse');

async function addresses(address: string): Promise<Record<string, string>> {
  const form = new FormData();
  const photo = await samplePhoto(address);
  form.set('image', new Blob([new Uint8Array(photo.buffer)]), 'photo');
  const answer = (await (await fetch(`${address}/api/v1/search`, { method: 'POST', body: form })).json()) as {
    query: { vector: string };
    results: { product: { id: string } }[];
  };
  const product = answer.results[0]?.product.id ?? '';
  return {
    home: `${address}/`,
    results: `${address}/search?v=${encodeURIComponent(answer.query.vector)}`,
    product: `${address}/product/${encodeURIComponent(product)}`,
  };
}

function failedAudits(result: Result): string[] {
  return kCategories.slice(1).flatMap((id) =>
    (result.categories[id]?.auditRefs ?? []).flatMap(({ id: audit, weight }) => {
      const found = result.audits[audit];
      return weight > 0 && found && found.score !== null && found.score < 1 ? [`${id}: ${audit} – ${found.title}`] : [];
    }),
  );
}

const percent = (score: number | null | undefined): number => Math.round((score ?? 0) * 100);

async function main(): Promise<number> {
  await mkdir(folder, { recursive: true });
  const service = await startService();
  const chrome = await launchChrome({
    chromePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    chromeFlags: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-component-update', '--disable-background-networking'],
  });
  const faults: string[] = [];
  try {
    console.log(`| page | form | ${kCategories.join(' | ')} | ${Object.values(kAudits).join(' | ')} |\n|---|---|${'---:|'.repeat(kCategories.length + 5)}`);
    for (const [name, url] of Object.entries(await addresses(service.address))) {
      for (const form of ['phone', 'desktop'] as const) {
        const flags = { port: chrome.port, onlyCategories: [...kCategories], output: 'html' as const, logLevel: 'error' as const };
        const run = await lighthouse(url, flags, form === 'desktop' ? desktopConfig : undefined);
        if (run === undefined) throw new Error(`Lighthouse gave no result for ${url}`);
        await writeFile(path.join(folder, `${name}-${form}.html`), String(run.report));
        await writeFile(path.join(folder, `${name}-${form}.json`), JSON.stringify(run.lhr));
        const scores = kCategories.map((id) => percent(run.lhr.categories[id]?.score));
        const times = Object.keys(kAudits).map((id) => run.lhr.audits[id]?.displayValue ?? '');
        console.log(`| ${name} | ${form} | ${scores.join(' | ')} | ${times.join(' | ')} |`);
        faults.push(...failedAudits(run.lhr).map((fault) => `${name}, ${form}: ${fault}`));
      }
    }
  } finally {
    chrome.kill();
    await service.stop();
  }
  for (const fault of new Set(faults)) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
