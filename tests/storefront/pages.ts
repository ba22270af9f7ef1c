// Every page of the storefront, for the tests that each of them has to pass. A new page is a new row.
import type { Page } from 'playwright-core';
import { samplePhoto } from './photos.ts';

export interface StorefrontPage {
  name: string; // of its screenshots
  open: (page: Page, address: string) => Promise<void>; // until it shows what it is for
  expected?: RegExp; // console errors that belong to it
}

const at =
  (path: string, ready: string) =>
  async (page: Page): Promise<void> => {
    await page.goto(path);
    await page.locator(ready).first().waitFor();
  };

async function searchByPhoto(page: Page, address: string): Promise<void> {
  await page.goto('/');
  await page.locator('main input[type=file]').first().setInputFiles(await samplePhoto(address));
  await page.locator('.results article').first().waitFor();
  await page.getByRole('application').waitFor();
}

async function firstOf<T>(address: string, path: string, list: string): Promise<T> {
  const answer = (await (await fetch(address + path)).json()) as Record<string, T[]>;
  const first = answer[list]?.[0];
  if (first === undefined) throw new Error(`${path} has no ${list}`);
  return first;
}

async function openProduct(page: Page, address: string): Promise<void> {
  const product = await firstOf<{ id: string }>(address, '/api/v1/products?limit=1', 'products');
  await at(`/product/${encodeURIComponent(product.id)}`, '.shelf article')(page);
}

async function openCategory(page: Page, address: string): Promise<void> {
  const category = await firstOf<{ slug: string }>(address, '/api/v1/categories', 'categories');
  await at(`/category/${category.slug}`, 'main article')(page);
}

export const pages: readonly StorefrontPage[] = [
  { name: 'home', open: at('/', '.kind') },
  { name: 'photo-search', open: searchByPhoto },
  { name: 'search-start', open: at('/search', 'h1') },
  { name: 'product', open: openProduct },
  { name: 'category', open: openCategory },
  { name: 'product-gone', open: at('/product/no-such-product', '[data-failure]'), expected: /404/ },
  { name: 'no-such-page', open: at('/no/such/page', 'h1'), expected: /404/ },
];
