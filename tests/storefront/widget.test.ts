// The elements for other shops' pages, on a page of another origin with a strict policy of its own.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { samplePhoto, type PhotoFile } from './photos.ts';
import { startService, type Service } from './service.ts';

const kWidgetBytesMax = 30 * 1024;

let service: Service;
let host: Server;
let shop: string; // the other origin
let photo: PhotoFile;
let product: string;

// As a merchant's page would be; `/closed` is of an origin that the search does not know.
function page(path: string): string {
  const body = path.startsWith('/product')
    ? `<h1>A product</h1><nozama-similar product="${product}" endpoint="${service.address}" max="6"></nozama-similar>`
    : `<h1>Our shop</h1><nozama-search endpoint="${path === '/gone' ? 'http://127.0.0.1:9' : service.address}" max="${path === '/two' ? 2 : 4}"></nozama-search>`;
  const lang = path === '/de' ? 'de' : 'en';
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>
<link rel="icon" href="data:,"><script src="${service.address}/widget/nozama.js" defer></script></head><body><main>${body}</main></body></html>`;
}

before(async () => {
  host = createServer((request, response) => {
    const policy = `default-src 'none'; script-src ${service.address}; connect-src ${service.address} http://127.0.0.1:9; img-src ${service.address} blob: data:`;
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy });
    response.end(page(request.url ?? '/'));
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  shop = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  service = await startService(undefined, ['--cors-origins', shop]);
  photo = await samplePhoto(service.address);
  const listed = (await (await fetch(`${service.address}/api/v1/products?limit=1`)).json()) as { products: { id: string }[] };
  product = listed.products[0]?.id ?? '';
});

after(async () => {
  host.close();
  await service?.stop();
});

const cards = (page: Page) => page.locator('nozama-search [part=card]');
const status = (page: Page) => page.locator('nozama-search [role=status]');

async function searchByPhoto(page: Page): Promise<void> {
  await page.locator('nozama-search input[type=file]').first().setInputFiles(photo);
  await cards(page).first().waitFor();
}

// Axe starts a worker of its own, which the host's policy refuses; that is not the elements' doing.
const kHostsPolicy = /policy violated: (?!(img|connect|style|script)-src)|Refused to create a worker|frame-ancestors/;

describe('the search element on another origin', () => {
  for (const view of [desktop, phone]) {
    // features: F5
    it(`answers a photo with links to the merchant's products (${view.name})`, () =>
      visit({ address: shop, view, expected: kHostsPolicy }, async ({ page }) => {
        await page.goto('/');
        await assertAccessible(page);
        await searchByPhoto(page);
        assert.equal(await cards(page).count(), 4);
        assert.match((await status(page).textContent()) ?? '', /products? looks? like your photo/);
        const link = new URL((await cards(page).first().getAttribute('href')) ?? '', shop);
        assert.match(link.protocol, /^https?:$/);
        await page.locator('nozama-search [part=picture]').first().evaluate((image: HTMLImageElement) => image.decode());
        await assertFits(page);
        await assertAccessible(page);
      }));
  }

  it('shows more, keeps the first ones and moves the focus to what is new', () =>
    visit({ address: shop, expected: kHostsPolicy }, async ({ page }) => {
      await page.goto('/two');
      await searchByPhoto(page);
      const first = await cards(page).first().getAttribute('href');
      await page.getByRole('button', { name: 'Show more' }).click();
      await cards(page).nth(2).waitFor();
      assert.equal(await cards(page).first().getAttribute('href'), first);
      await page.waitForFunction(() => document.querySelector('nozama-search')?.shadowRoot?.activeElement?.matches('li:nth-child(3) a') === true);
    }));

  it('searches a part of the photo by the keyboard alone, with the focus kept', () =>
    visit({ address: shop, expected: kHostsPolicy }, async ({ page }) => {
      await page.goto('/');
      await searchByPhoto(page);
      await page.getByRole('group', { name: /Part of the photo/ }).focus();
      for (let i = 0; i < 6; ++i) await page.keyboard.press('Shift+ArrowLeft');
      await page.waitForFunction(() => window.nozamaAsked.at(-1)?.fields['crop'] !== undefined);
      await page.keyboard.press('ArrowRight');
      assert.ok(await page.getByRole('group', { name: /Part of the photo/ }).evaluate((box) => (box.getRootNode() as ShadowRoot).activeElement === box));
    }));

  it('searches the category that the shopper names', () =>
    visit({ address: shop, expected: kHostsPolicy }, async ({ page }) => {
      await page.goto('/');
      await searchByPhoto(page);
      const chip = page.locator('nozama-search [part=categories] button').nth(1);
      const asked = page.waitForRequest((request) => (request.postData() ?? '').includes('"category"'));
      await chip.click();
      await asked;
      await page.locator('nozama-search [part=categories] button[aria-pressed=true]').nth(0).waitFor();
    }));

  it('takes a dropped file, and says kindly that it is no picture', () =>
    visit({ address: shop, expected: kHostsPolicy }, async ({ page }) => {
      await page.goto('/');
      await page.locator('nozama-search input[type=file]').first().setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
      await page.getByText('not a picture that the shop can read').waitFor();
      await assertAccessible(page);
    }));

  it('keeps the photo when there is no connection, and can try again', () =>
    visit({ address: shop, expected: /ERR_|policy violated: (?!(img|style|script)-src)|Refused to/ }, async ({ page }) => {
      await page.goto('/gone');
      await page.locator('nozama-search input[type=file]').first().setInputFiles(photo);
      await page.getByText('Your photo is kept').waitFor();
      await page.locator('nozama-search').evaluate((search, endpoint) => search.setAttribute('endpoint', endpoint), service.address);
      await cards(page).first().waitFor();
    }));

  it('speaks the language of the page', () =>
    visit({ address: shop, expected: kHostsPolicy }, async ({ page }) => {
      await page.goto('/de');
      await page.locator('nozama-search input[aria-label="Mit einem Foto suchen"]').waitFor({ state: 'attached' });
      await searchByPhoto(page);
      assert.match((await status(page).textContent()) ?? '', /Ihrem Foto/);
    }));

  it('is closed to a page of an origin that the shop does not name', async () => {
    const answer = await fetch(`${service.address}/api/v1/categories`, { headers: { Origin: 'https://elsewhere.example' } });
    assert.equal(answer.headers.get('Access-Control-Allow-Origin'), null);
  });
});

describe('the shelf of similar products', () => {
  for (const view of [desktop, phone]) {
    it(`stands on a product page (${view.name})`, () =>
      visit({ address: shop, view, expected: kHostsPolicy }, async ({ page }) => {
        await page.goto('/product');
        const shelf = page.locator('nozama-similar [part=card]');
        await shelf.first().waitFor();
        assert.equal(await shelf.count(), 6);
        await page.getByRole('heading', { name: 'Looks similar' }).waitFor();
        await assertFits(page);
        await assertAccessible(page);
      }));
  }

  it('is not there for a product that the feed does not have yet', () =>
    visit({ address: shop, expected: /404|policy violated: (?!(img|connect|style|script)-src)|Refused to/ }, async ({ page }) => {
      await page.goto('/product');
      await page.locator('nozama-similar [part=card]').first().waitFor();
      await page.locator('nozama-similar').evaluate((shelf) => shelf.setAttribute('product', 'not-yet'));
      await page.waitForFunction(() => document.querySelector('nozama-similar')?.shadowRoot?.children.length === 0);
    }));
});

describe('the script', () => {
  it('is small, and the copy that pages pin has the hash that is told', async () => {
    const code = Buffer.from(await (await fetch(`${service.address}/widget/nozama.js`)).arrayBuffer());
    assert.ok(gzipSync(code).length <= kWidgetBytesMax, `${gzipSync(code).length} bytes compressed`);
    const pinned = (await (await fetch(`${service.address}/widget/nozama.json`)).json()) as { script: string; integrity: string };
    const copy = Buffer.from(await (await fetch(service.address + pinned.script)).arrayBuffer());
    assert.ok(copy.equals(code));
    const digest = Buffer.from(await crypto.subtle.digest('SHA-384', copy)).toString('base64');
    assert.equal(pinned.integrity, `sha384-${digest}`);
  });
});
