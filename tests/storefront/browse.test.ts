// Words, suggestions, filters, a product's page and what the shop is told of it, in a real browser, against a copy of the sample shop.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { program, sampleData, startService, type Service } from './service.ts';

interface Card {
  id: string;
  title: string;
  price: number | null;
}
interface Column {
  column: string;
  values?: { value: string; count: number }[];
}
interface List {
  products: Card[];
  total: number;
  facets?: { columns: Column[] };
}

let folder: string;
let service: Service;
let address: string;
let word: string; // of many titles

const list = async (query: string): Promise<List> => (await (await fetch(`${address}/api/v1/products?${query}`)).json()) as List;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'nozama-browse-'));
  await cp(sampleData, path.join(folder, 'data'), { recursive: true });
  service = await startService(path.join(folder, 'data'));
  address = service.address;
  const words = (await list('limit=100')).products.flatMap((product) => product.title.toLowerCase().split(' ').filter((one) => /^[a-z]{5,}$/.test(one)));
  word = words.toSorted((a, b) => words.filter((one) => one === b).length - words.filter((one) => one === a).length)[0] ?? '';
});

after(async () => {
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

const cards = (page: Page) => page.locator('main article');
const status = (page: Page) => page.locator('main > p[role=status], p.visually-hidden[role=status]').last();
const field = (page: Page) => page.getByRole('combobox', { name: 'Search the shop' });
const counted = (page: Page, total: number) => page.getByText(total === 1 ? '1 product' : `${total} products`, { exact: true }).first().waitFor();

describe('words', () => {
  // features: F1
  it('are completed while one types, by the keyboard alone', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/');
      await field(page).focus();
      await page.keyboard.type(word.slice(0, 4), { delay: 20 });
      const options = page.getByRole('option');
      await options.first().waitFor();
      assert.equal(await field(page).getAttribute('aria-expanded'), 'true');
      await page.keyboard.press('ArrowDown');
      const active = await field(page).getAttribute('aria-activedescendant');
      assert.equal(await options.first().getAttribute('id'), active);
      assert.equal(await options.first().getAttribute('aria-selected'), 'true');
      await assertAccessible(page);
      await page.keyboard.press('Escape');
      await options.first().waitFor({ state: 'hidden' });
      assert.equal(await field(page).inputValue(), word.slice(0, 4));
      await field(page).fill(word);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/products?q=${word}`);
      await cards(page).first().waitFor();
      await counted(page, (await list(`text=${word}`)).total);
      assert.equal(await field(page).inputValue(), word);
    }));

  it('that nothing has say so', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/products?q=zzzz%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
      await page.getByText('No product has all of these words').waitFor();
      assert.equal(await page.locator('main img').count(), 0);
    }));

  it('can be typed on a phone', () =>
    visit({ address, view: phone }, async ({ page }) => {
      await page.goto('/');
      await page.getByRole('button', { name: 'Search the shop' }).first().tap();
      await field(page).fill(word);
      await page.getByRole('option').first().waitFor();
      await assertFits(page);
      await field(page).press('Enter');
      await cards(page).first().waitFor();
    }));
});

describe('filters', () => {
  // features: C2 C3
  it('narrow a list with exact counts, stand in the address, and Back undoes them', () =>
    visit({ address }, async ({ page }) => {
      const all = await list('limit=1&facets=category:40,colour,in_stock');
      const colour = all.facets?.columns[1]?.values?.[0];
      assert.ok(colour);
      await page.goto('/products');
      await counted(page, all.total);
      const swatch = page.locator(`input[type=checkbox][value=${colour.value}]`);
      await page.locator('aside label', { has: swatch }).click();
      await counted(page, colour.count);
      assert.match(page.url(), new RegExp(`[?&]colour=${colour.value}`));
      assert.match((await status(page).textContent()) ?? '', new RegExp(`^${colour.count} `));
      await page.locator('aside input[name=in_stock]').check();
      const both = (await list(`limit=1&filter=${encodeURIComponent(`colour = "${colour.value}" and in_stock`)}`)).total;
      await counted(page, both);
      await page.reload();
      await counted(page, both);
      await page.goBack();
      await counted(page, colour.count);
      await page.goBack();
      await counted(page, all.total);
    }));

  it('of the price move by the keyboard over a histogram', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/products');
      const lowest = page.getByRole('slider', { name: 'Lowest price' });
      await lowest.waitFor();
      await lowest.focus();
      await page.keyboard.press('ArrowRight');
      await page.waitForURL(/[?&]from=/);
      const from = new URL(page.url()).searchParams.get('from') ?? '';
      await counted(page, (await list(`limit=1&filter=${encodeURIComponent(`price >= ${from}`)}`)).total);
      assert.match((await lowest.getAttribute('aria-valuetext')) ?? '', new RegExp(String(Math.floor(Number(from)))));
      assert.ok(await lowest.evaluate((input) => input === document.activeElement), 'the focus stays');
    }));

  it('are a dialog on a phone', () =>
    visit({ address, view: phone }, async ({ page }) => {
      const total = (await list('limit=1&filter=in_stock')).total;
      await page.goto('/products');
      await cards(page).first().waitFor();
      await page.getByRole('button', { name: 'Filter' }).tap();
      const dialog = page.getByRole('dialog', { name: 'Filters' });
      await dialog.getByLabel('In stock only').check();
      await assertFits(page);
      await assertAccessible(page);
      await dialog.getByRole('button', { name: `Show ${total} products` }).tap();
      await counted(page, total);
      assert.equal(await dialog.count(), 0);
    }));

  it('and pages survive a look at a product', () =>
    visit({ address, view: desktop }, async ({ page }) => {
      await page.goto('/products?sort=price_desc&stock=1');
      await cards(page).first().waitFor();
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.waitForURL(/pages=2/);
      await cards(page).nth(40).waitFor();
      const before = await cards(page).locator('.title').allTextContents();
      assert.equal(new Set(before).size > 30, true);
      await cards(page).nth(5).locator('.title a').click();
      await page.locator('.facts').waitFor();
      await page.goBack();
      await cards(page).nth(40).waitFor();
      assert.deepEqual(await cards(page).locator('.title').allTextContents(), before);
    }));
});

describe('a product', () => {
  it('opens its pictures in a lightbox, by the keyboard too', () =>
    visit({ address }, async ({ page }) => {
      const [product] = (await list('limit=1')).products;
      await page.goto(`/product/${encodeURIComponent(product?.id ?? '')}`);
      const enlarge = page.getByRole('button', { name: /^Enlarge the picture/ });
      await enlarge.focus();
      await page.keyboard.press('Enter');
      await page.locator('.pswp--open img.pswp__img').first().waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.pswp').waitFor({ state: 'detached' });
      assert.ok(await enlarge.evaluate((button) => button === document.activeElement), 'the focus comes back');
    }));

  it('that was looked at is remembered in this browser, and forgotten on request', () =>
    visit({ address }, async ({ page }) => {
      const [first, second] = (await list('limit=2')).products;
      assert.ok(first && second);
      await page.goto(`/product/${encodeURIComponent(first.id)}`);
      await page.locator('.facts').waitFor();
      assert.equal(await page.locator('.recent').count(), 0);
      await page.goto(`/product/${encodeURIComponent(second.id)}`);
      await page.locator('.recent').getByRole('link', { name: first.title }).waitFor();
      await page.getByRole('button', { name: 'Forget these' }).click();
      assert.equal(await page.locator('.recent').count(), 0);
      await page.reload();
      await page.locator('.facts').waitFor();
      assert.equal(await page.locator('.recent').count(), 0);
    }));
});

describe('what a shopper does', () => {
  interface Told {
    kind: string;
    product_id: string;
    query_id?: string;
    position?: number;
  }
  const makeKey = (): string => {
    const made = execFileSync(program, ['key', 'create', '--data', path.join(folder, 'data'), '--name', 'test', '--scope', 'admin', '--scope', 'analytics', '--json'], { encoding: 'utf8' });
    return (JSON.parse(made) as { secret: string }).secret;
  };

  async function walk(page: Page): Promise<Told[]> {
    const told: Told[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/api/v1/events')) told.push(...(JSON.parse(request.postData() ?? '{}') as { events: Told[] }).events);
    });
    await page.goto(`/products?q=${word}&stock=1`);
    await cards(page).nth(1).locator('.title a').click();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.locator('.facts').getByRole('button', { name: /favourite/i }).click();
    await page.getByText('Added. Open the cart').waitFor();
    return told;
  }

  it('is in the statistics, with the search and the position it came from', () =>
    visit({ address }, async ({ page }) => {
      const headers = { Authorization: `Bearer ${makeKey()}`, 'Content-Type': 'application/json' };
      const switched = await fetch(`${address}/api/v1/admin/query-log`, { method: 'PUT', headers, body: '{"enabled": true}' });
      assert.equal(switched.status, 200, await switched.text());
      const told = await walk(page);
      assert.deepEqual(told.map((event) => event.kind), ['click', 'view', 'cart', 'favourite']);
      assert.ok(told.every((event) => event.query_id === told[0]?.query_id && event.position === 2 && event.product_id === told[0]?.product_id));
      for (let tries = 0; ; ++tries) {
        const { events } = (await (await fetch(`${address}/api/v1/admin/analytics`, { headers })).json()) as { events: Record<string, number> };
        if (['click', 'view', 'cart', 'favourite'].every((kind) => events[kind] === 1)) break;
        assert.ok(tries < 50, JSON.stringify(events));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }));

  it('stays with shoppers whose browser says no', () =>
    visit({ address }, async ({ page }) => {
      await page.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
      assert.deepEqual(await walk(page), []);
    }));
});
