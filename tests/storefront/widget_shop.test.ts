// The elements on the pages of other shops as merchants have them: our demonstration and the snippets of the guides, with a key that is bound to
// their origin; and what the statistics then know.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { samplePhoto, type PhotoFile } from './photos.ts';
import { program, root, sampleData, startService, type Service } from './service.ts';

const kGuides = ['shopify.md', 'woocommerce.md'] as const;
const kTypes: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript' };

let service: Service;
let own: Host; // whose origin the key names
let foreign: Host;
let data: string;
let admin: string; // a key that reads the statistics
let photo: PhotoFile;
let product: string;

interface Host {
  server: Server;
  address: string;
}

interface Analytics {
  clicked_searches: number;
  converted_searches: number;
  events: Record<string, number>;
}

function makeKey(...flags: string[]): string {
  const made = execFileSync(program, ['key', 'create', '--data', data, '--name', 'test', '--json', '--log-level', 'error', ...flags], { encoding: 'utf8' });
  return (JSON.parse(made) as { secret: string }).secret;
}

// The file of docs/widget-demo, or the snippets of a guide as a page, with the address and key of this test.
async function pageOf(url: string): Promise<string> {
  const guide = kGuides.find((name) => url === `/${name}`);
  if (guide === undefined) return readFile(path.join(root, 'docs/widget-demo', url === '/' ? 'index.html' : path.basename(url)), 'utf8');
  const text = await readFile(path.join(root, 'docs/guides', guide), 'utf8');
  const snippets = [...text.matchAll(/```html\n(.*?)```/gs)].map((found) => found[1]).join('');
  const filled = snippets.replace(/\{\{.*?\}\}|<\?php.*?\?>/g, product);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${guide}</title><link rel="icon" href="data:,"></head><body><main><h1>Shop</h1>${filled}</main></body></html>`;
}

async function host(key: () => string): Promise<Host> {
  const server = createServer((request, response) => {
    const url = (request.url ?? '/').split('?')[0] ?? '/';
    pageOf(url).then(
      (text) => {
        const filled = text.replaceAll(/http:\/\/127\.0\.0\.1:8080|https:\/\/search\.shop\.example/g, service.address).replaceAll(/key="(nzp_…)?"/g, `key="${key()}"`);
        response.writeHead(200, { 'Content-Type': kTypes[path.extname(url)] ?? 'text/html; charset=utf-8' }).end(filled);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

before(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'nozama-widget-'));
  await cp(sampleData, data, { recursive: true });
  let key = '';
  [own, foreign] = await Promise.all([host(() => key), host(() => key)]);
  key = makeKey('--scope', 'search', '--origin', own.address);
  admin = makeKey('--scope', 'admin', '--scope', 'analytics');
  service = await startService(data, ['--require-key', 'on']);
  const bearer = { Authorization: `Bearer ${admin}` };
  await fetch(`${service.address}/api/v1/admin/query-log`, { method: 'PUT', headers: { ...bearer, 'Content-Type': 'application/json' }, body: '{"enabled": true}' });
  const reader = { Authorization: `Bearer ${key}`, Origin: own.address };
  const listed = (await (await fetch(`${service.address}/api/v1/products?limit=1`, { headers: reader })).json()) as { products: { id: string }[] };
  product = listed.products[0]?.id ?? '';
  photo = await samplePhoto(service.address, reader);
});

after(async () => {
  own.server.close();
  foreign.server.close();
  await service?.stop();
  await rm(data, { recursive: true, force: true });
});

const cards = (page: Page, element: 'nozama-search' | 'nozama-similar') => page.locator(`${element} [part=card]`);

async function searchByPhoto(page: Page): Promise<string> {
  const answered = page.waitForResponse((response) => response.url().endsWith('/api/v1/search') && response.request().method() === 'POST');
  await page.locator('nozama-search input[type=file]').first().setInputFiles(photo);
  const answer = (await (await answered).json()) as { query: { id: string } };
  await cards(page, 'nozama-search').first().waitFor();
  return answer.query.id;
}

async function analytics(): Promise<Analytics> {
  const answer = await fetch(`${service.address}/api/v1/admin/analytics`, { headers: { Authorization: `Bearer ${admin}` } });
  assert.equal(answer.status, 200);
  return (await answer.json()) as Analytics;
}

interface Logged {
  events: { kind: string; product_id: string; position: number | null }[];
}

// The log is written after the answers.
async function logged(query: string, events: number): Promise<Logged> {
  for (let tries = 0; tries < 200; ++tries) {
    const answer = await fetch(`${service.address}/api/v1/admin/queries/${query}`, { headers: { Authorization: `Bearer ${admin}` } });
    if (answer.status === 200) {
      const found = (await answer.json()) as Logged;
      if (found.events.length >= events) return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the log has no search ${query} with ${events} events`);
}

async function clickFirst(page: Page, element: 'nozama-search' | 'nozama-similar'): Promise<void> {
  const opened = page.waitForEvent('popup');
  await cards(page, element).first().click();
  await (await opened).close();
}

// As a shopper does who clicks the first result, puts it into the basket and orders.
async function buyFirst(page: Page): Promise<void> {
  await clickFirst(page, 'nozama-search');
  await page.getByRole('button', { name: 'Put into the basket' }).click();
  await page.getByRole('button', { name: 'Order the basket' }).click();
  await page.getByText('nothing was bought').waitFor();
}

describe('the demonstration shop', () => {
  for (const view of [desktop, phone]) {
    // features: F5
    it(`searches by photo and shows what is similar (${view.name})`, () =>
      visit({ address: own.address, view }, async ({ page }) => {
        await page.goto('/');
        await assertAccessible(page);
        await searchByPhoto(page);
        await clickFirst(page, 'nozama-search');
        await cards(page, 'nozama-similar').first().waitFor();
        await page.getByRole('heading', { name: 'More in its manner' }).waitFor();
        const picture = await page.locator('nozama-search [part=picture]').first().boundingBox();
        assert.equal(picture?.width, picture?.height, 'a picture is shown whole: its frame is square');
        await assertFits(page);
        await assertAccessible(page);
      }));
  }

  // features: H2
  it('tells clicks, baskets and orders, and the statistics join them to the search', () =>
    visit({ address: own.address }, async ({ page }) => {
      const earlier = await analytics();
      await page.goto('/');
      const query = await searchByPhoto(page);
      await buyFirst(page);
      const { events } = await logged(query, 3);
      assert.deepEqual(events.map((event) => event.kind).sort(), ['cart', 'click', 'order']);
      assert.equal(new Set(events.map((event) => event.product_id)).size, 1);
      assert.deepEqual(events.map((event) => event.position), [1, 1, 1]);
      const now = await analytics();
      assert.equal(now.clicked_searches, earlier.clicked_searches + 1);
      assert.equal(now.converted_searches, earlier.converted_searches + 1);
    }));

  it('tells of a product that the shelf led to, too', () =>
    visit({ address: own.address }, async ({ page }) => {
      await page.goto('/');
      await searchByPhoto(page);
      await clickFirst(page, 'nozama-search');
      await cards(page, 'nozama-similar').first().waitFor();
      const told = page.waitForRequest((request) => request.url().endsWith('/api/v1/events') && !(request.postData() ?? '').includes('query_id'));
      await clickFirst(page, 'nozama-similar');
      const sent = (await told).postDataJSON() as { events: { kind: string }[] };
      assert.deepEqual(sent.events.map((event) => event.kind), ['click']);
      assert.equal((await (await told).response())?.status(), 202);
    }));

  for (const [name, property, value] of [['Do Not Track', 'doNotTrack', '1'], ['Global Privacy Control', 'globalPrivacyControl', true]] as const) {
    it(`tells nothing when the browser says ${name}`, () =>
      visit({ address: own.address }, async ({ page, context }) => {
        await context.addInitScript(({ property, value }) => Object.defineProperty(Navigator.prototype, property, { get: () => value }), { property, value });
        const told: string[] = [];
        page.on('request', (request) => {
          if (request.url().endsWith('/api/v1/events')) told.push(request.postData() ?? '');
        });
        await page.goto('/');
        const query = await searchByPhoto(page);
        await buyFirst(page);
        assert.deepEqual(told, []);
        assert.equal(await page.evaluate(() => sessionStorage.length), 0);
        assert.deepEqual((await logged(query, 0)).events, []);
      }));
  }
});

describe('the snippets of the guides', () => {
  for (const guide of kGuides) {
    // features: F5
    it(`work as they stand (${guide})`, () =>
      visit({ address: own.address }, async ({ page }) => {
        await page.goto(`/${guide}`);
        await searchByPhoto(page);
        assert.ok((await cards(page, 'nozama-search').count()) <= 12);
        await cards(page, 'nozama-similar').first().waitFor();
        assert.equal(await cards(page, 'nozama-similar').count(), 8);
      }));
  }
});

describe('a key', () => {
  it('is of no use on a page of another origin, which says so without a word of the inside', () =>
    visit({ address: foreign.address, expected: /403|CORS|ERR_FAILED/ }, async ({ page }) => {
      await page.goto('/');
      const asked = page.waitForRequest((request) => request.url().endsWith('/api/v1/search') && request.method() === 'POST');
      await page.locator('nozama-search input[type=file]').first().setInputFiles(photo);
      const response = await (await asked).response();
      assert.ok(response === null || response.status() === 403);
      await page.locator('nozama-search .status.failed').waitFor();
      assert.equal(await cards(page, 'nozama-search').count(), 0);
    }));
});
