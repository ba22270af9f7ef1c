// Every page of the storefront, for the tests that each of them has to pass. A new page is a new row.
import type { Page } from 'playwright-core';
import { signInAs } from './admin_shop.ts';
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

async function openPipeline(page: Page, address: string): Promise<void> {
  await page.goto('/how-it-works');
  await page.locator('main input[type=file]').setInputFiles(await samplePhoto(address));
  await page.locator('main article').first().waitFor();
}

async function openProduct(page: Page, address: string): Promise<void> {
  const product = await firstOf<{ id: string }>(address, '/api/v1/products?limit=1', 'products');
  await at(`/product/${encodeURIComponent(product.id)}`, '.shelf article')(page);
}

async function openCategory(page: Page, address: string): Promise<void> {
  const category = await firstOf<{ slug: string }>(address, '/api/v1/categories', 'categories');
  await at(`/category/${category.slug}`, 'main article')(page);
}

// What is in the cart, as the shop's own pages put it there; the order is one that the server is made to answer.
async function fillCart(page: Page, address: string): Promise<void> {
  const products = ((await (await fetch(`${address}/api/v1/products?limit=30`)).json()) as { products: CartProduct[] }).products;
  const lines = products.filter((product) => product.in_stock && product.price !== null).slice(0, 2);
  const cart = lines.map((product, i) => ({
    productId: product.id, variant: null, title: product.title, variantTitle: null, imageUrl: product.image_url, quantity: i + 1, price: product.price, currency: product.currency,
  }));
  await page.goto('/');
  await page.evaluate((text) => localStorage.setItem('nozama.cart', text), JSON.stringify(cart));
}

interface CartProduct {
  id: string;
  title: string;
  price: number | null;
  currency: string;
  image_url: string | null;
  in_stock: boolean;
}

const withCart =
  (path: string, ready: string) =>
  async (page: Page, address: string): Promise<void> => {
    await fillCart(page, address);
    const checked = page.waitForResponse('**/api/v1/cart');
    await at(path, ready)(page);
    await checked;
  };

async function openOrder(page: Page, address: string): Promise<void> {
  const json = await sampleOrder(address);
  await page.route('**/api/v1/orders/*', (route) => route.fulfill({ json }));
  await at('/order/A1B2C3D4E5#x', 'article')(page);
  await page.unroute('**/api/v1/orders/*');
}

async function openFavourites(page: Page, address: string): Promise<void> {
  const product = await firstOf<CartProduct>(address, '/api/v1/products?limit=1', 'products');
  await page.goto('/');
  await page.evaluate((text) => localStorage.setItem('nozama.favourites', text), JSON.stringify([product.id]));
  await at('/favourites', 'main article')(page);
}

// Signed in, as the server would say it; what the pages ask of it is in tests of their own.
async function openAccount(page: Page): Promise<void> {
  const account = { id: '1', email: 'ada@example.org', verified: true, role: 'shopper', created: '2026-01-31T12:00:00.000Z', last_sign_in: '2026-01-31T12:00:00.000Z' };
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: { account, role: 'shopper', csrf_token: 'x', providers: [], mail: true } }));
  await page.route(/api\/v1\/favourites/, (route) => route.fulfill({ json: { products: [] } }));
  await page.goto('/');
  await page.evaluate(() => localStorage.setItem('nozama.signed-in', 'true'));
  await at('/account', 'main form')(page);
  await page.evaluate(() => localStorage.removeItem('nozama.signed-in'));
}

async function openVerified(page: Page): Promise<void> {
  await page.route('**/api/v1/email-verification', (route) => route.fulfill({ status: 204 }));
  await at('/account/verify#x', '[role=status]:not(:empty)')(page);
}

// A page of the admin.
const inAdmin =
  (path: string, ready: string) =>
  async (page: Page, address: string): Promise<void> => {
    await signInAs(page, address, 'admin');
    await at(path, ready)(page);
  };

// The same with some answers that the sample shop would not give; the flows against the real ones are in tests of their own.
const inAdminWith =
  (path: string, ready: string, answers: readonly [RegExp, object][]) =>
  async (page: Page, address: string): Promise<void> => {
    for (const [url, json] of answers) await page.route(url, (route) => route.fulfill({ json }));
    await inAdmin(path, ready)(page, address);
    for (const [url] of answers) await page.unroute(url);
  };

async function sampleOrder(address: string): Promise<object> {
  const product = await firstOf<CartProduct>(address, '/api/v1/products?limit=1', 'products');
  const contact = { name: 'Ada Example', email: 'ada@example.org', phone: '+1 555 0100', street: '1 Main Street', street2: '', postal_code: '12345', city: 'Springfield', region: '', country: 'US' };
  const line = { product_id: product.id, variant: null, title: product.title, variant_title: null, image_url: product.image_url, quantity: 2, price: 10 };
  const created = '2026-01-31T12:00:00.000Z';
  const order = { id: 'A1B2C3D4E5', token: 'x', status: 'received', currency: 'EUR', total: 20, lang: 'en', contact, note: 'Ring twice', created, updated: created };
  return { ...order, lines: [line], history: [{ status: 'received', at: created }] };
}

async function openAdminOrders(page: Page, address: string): Promise<void> {
  const order = await sampleOrder(address);
  const orders = ['received', 'confirmed', 'sent', 'done', 'cancelled'].map((status, i) => ({ ...order, id: `A1B2C3D4E${i}`, status, contact: i === 4 ? null : (order as { contact: object }).contact }));
  await inAdminWith('/admin/orders', 'tbody tr', [[/\/api\/v1\/admin\/orders/, { orders, total: 5, next: '7' }]])(page, address);
}

async function openAdminOrder(page: Page, address: string): Promise<void> {
  await inAdminWith('/admin/orders/A1B2C3D4E5', 'h2', [[/\/api\/v1\/admin\/orders/, await sampleOrder(address)]])(page, address);
}

async function openAdminProduct(page: Page, address: string): Promise<void> {
  const product = await firstOf<CartProduct>(address, '/api/v1/products?limit=1', 'products');
  await inAdmin(`/admin/products/edit?${new URLSearchParams({ id: product.id }).toString()}`, 'main ol img')(page, address);
}

export const pages: readonly StorefrontPage[] = [
  { name: 'home', open: at('/', 'main section article') },
  { name: 'photo-search', open: searchByPhoto },
  { name: 'search-start', open: at('/search', 'h1') },
  { name: 'how-to-use', open: at('/how-to-use', 'h1') },
  { name: 'how-it-works', open: openPipeline },
  { name: 'privacy', open: at('/privacy', '[data-logged]') },
  { name: 'product', open: openProduct },
  { name: 'category', open: openCategory },
  { name: 'products', open: at('/products', 'main article') },
  { name: 'products-narrowed', open: at('/products?stock=1&rating=3', 'main article') },
  { name: 'products-none', open: at('/products?q=zzzz', '.nothing') },
  { name: 'cart', open: withCart('/cart', '.lines li') },
  { name: 'checkout', open: withCart('/checkout', 'main form') },
  { name: 'order', open: openOrder },
  { name: 'orders', open: at('/order', 'h1') },
  { name: 'sign-in', open: at('/sign-in', 'main form') },
  { name: 'password-reset', open: at('/account/reset', 'main form') },
  { name: 'email-confirmed', open: openVerified },
  { name: 'favourites', open: openFavourites },
  { name: 'product-gone', open: at('/product/no-such-product', '[data-failure]'), expected: /404/ },
  { name: 'no-such-page', open: at('/no/such/page', 'h1'), expected: /404/ },
  { name: 'admin-link', open: at('/admin/link#nzl_x', 'main form') },
  { name: 'admin-orders', open: openAdminOrders }, // from here on somebody is signed in
  { name: 'admin-order', open: openAdminOrder },
  { name: 'admin', open: inAdmin('/admin', 'main h1') },
  { name: 'admin-queries', open: inAdmin('/admin/queries', 'main form') },
  { name: 'admin-users', open: inAdmin('/admin/users', 'tbody tr') },
  { name: 'admin-keys', open: inAdmin('/admin/users/keys', 'main form') },
  { name: 'admin-audit', open: inAdmin('/admin/users/audit', 'tbody tr') },
  { name: 'admin-products', open: inAdmin('/admin/products', 'tbody tr') },
  { name: 'admin-products-none', open: inAdmin('/admin/products?q=zzzz', 'main .empty') },
  { name: 'admin-product-new', open: inAdmin('/admin/products/edit', 'main form') },
  { name: 'admin-product', open: openAdminProduct },
  { name: 'admin-imports', open: inAdmin('/admin/imports', 'main tbody tr') },
  { name: 'admin-import', open: inAdmin('/admin/imports/1', 'main dl') },
  { name: 'admin-curation', open: inAdmin('/admin/curation', 'main .empty') },
  { name: 'admin-rule', open: inAdmin('/admin/curation/edit', 'main form') },
  { name: 'admin-settings', open: inAdmin('/admin/settings', 'main dl') },
  { name: 'account', open: openAccount },
];
