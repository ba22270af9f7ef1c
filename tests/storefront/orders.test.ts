// Carts and orders in a real browser, against a copy of the sample shop that the orders may change.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { sampleData, startService, type Service } from './service.ts';

interface Product {
  id: string;
  title: string;
  price: number | null;
  currency: string;
  in_stock: boolean;
}

let folder: string;
let service: Service;
let address: string;
let product: Product;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'nozama-orders-'));
  await cp(sampleData, path.join(folder, 'data'), { recursive: true });
  service = await startService(path.join(folder, 'data'));
  address = service.address;
  const { products } = (await (await fetch(`${address}/api/v1/products?limit=60`)).json()) as { products: Product[] };
  const sold = products.find((one) => one.in_stock && one.price !== null);
  assert.ok(sold);
  product = sold;
});

after(async () => {
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

const send = (page: Page) => page.getByRole('button', { name: 'Send order request' });
const lines = (page: Page) => page.locator('.lines li');
const thanks = (page: Page) => page.getByRole('heading', { name: /Thank you/ });

async function addToCart(page: Page): Promise<void> {
  await page.goto(`/product/${encodeURIComponent(product.id)}`);
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('Added. Open the cart').waitFor();
}

async function fillForm(page: Page): Promise<void> {
  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Street and number').fill('1 Main Street');
  await page.getByLabel('Town').fill('London');
  await page.getByLabel('Country').selectOption('GB');
}

async function openCheckout(page: Page): Promise<void> {
  await addToCart(page);
  const checked = page.waitForResponse('**/api/v1/cart');
  await page.goto('/checkout');
  await checked;
  await fillForm(page);
}

// Every answer to an order that the page has sent.
function recordOrders(page: Page): { status: number; id: Promise<string> }[] {
  const answers: { status: number; id: Promise<string> }[] = [];
  page.on('response', (response) => {
    if (response.request().method() !== 'POST' || !response.url().endsWith('/api/v1/orders')) return;
    answers.push({ status: response.status(), id: response.json().then((order: { id?: string }) => order.id ?? '').catch(() => '') });
  });
  return answers;
}

describe('a guest', () => {
  for (const view of [desktop, phone]) {
    // features: F1 F4
    it(`orders from the product page to the confirmation: ${view.name}`, () =>
      visit({ address, view }, async ({ page }) => {
        await addToCart(page);
        await page.getByRole('link', { name: 'Cart, 1 item' }).click();
        await lines(page).first().waitFor();
        await assertFits(page);
        await page.getByLabel(/^Quantity of/).fill('2');
        await page.getByLabel(/^Quantity of/).press('Tab');
        await page.getByRole('link', { name: 'Go to checkout' }).click();
        await fillForm(page);
        await assertAccessible(page);
        await send(page).click();
        await thanks(page).waitFor();
        await page.getByText('ada@example.org').waitFor();
        await assertAccessible(page);
        await assertFits(page);

        await page.reload();
        await thanks(page).waitFor();
        await page.getByRole('link', { name: 'Cart', exact: true }).waitFor();
        await page.goBack();
        await page.getByText('Your cart is empty.').waitFor();
        await page.goto('/order');
        await page.getByRole('link', { name: /^Order / }).click();
        await thanks(page).waitFor();
      }));
  }

  // features: F4
  it('orders with the keyboard alone', () =>
    visit({ address }, async ({ page }) => {
      const press = async (key: string, times = 1): Promise<void> => {
        for (let i = 0; i < times; ++i) await page.keyboard.press(key);
      };
      const reach = async (selector: string): Promise<void> => {
        for (let i = 0; i < 80; ++i) {
          if (await page.locator(selector).evaluateAll((found) => found.some((element) => element === document.activeElement))) return;
          await press('Tab');
        }
        throw new Error(`no Tab leads to ${selector}`);
      };
      await page.goto(`/product/${encodeURIComponent(product.id)}`);
      await page.getByRole('button', { name: 'Add to cart' }).waitFor();
      await reach('.actions .primary');
      await press('Enter');
      await page.getByText('Added. Open the cart').waitFor();
      await reach('.actions a[href="/cart"]');
      await press('Enter');
      await lines(page).first().waitFor();
      await reach('a[href="/checkout"]');
      await press('Enter');
      const values = { '#field-name': 'Ada', '#field-email': 'ada@example.org', '#field-street': 'Ring 1', '#field-city': 'Wien', '#field-country': 'Austria' };
      for (const [field, text] of Object.entries(values)) {
        await reach(field);
        await page.keyboard.type(text);
      }
      await press('Tab');
      await reach('button[type=submit]');
      await press('Enter');
      await thanks(page).waitFor();
    }));

  it('is told at the fields what is missing, and the first of them has the focus', () =>
    visit({ address }, async ({ page }) => {
      await openCheckout(page);
      await page.getByLabel('Name').fill('');
      await page.getByLabel('E-mail').fill('nobody');
      await send(page).click();
      assert.equal(await page.locator('#fault-name').innerText(), 'This is needed.');
      assert.match(await page.locator('#fault-email').innerText(), /not an e-mail/);
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'field-name');
      await assertAccessible(page);
      await page.reload();
      assert.equal(await page.getByLabel('E-mail').inputValue(), 'nobody', 'what was typed survives a reload');
    }));

  // features: F1
  it('makes one order with a double click', () =>
    visit({ address }, async ({ page }) => {
      const answers = recordOrders(page);
      await openCheckout(page);
      await send(page).dblclick();
      await thanks(page).waitFor();
      assert.equal(new Set(await Promise.all(answers.map((answer) => answer.id))).size, 1);
    }));

  // features: F1
  it('makes one order when the answer was lost and the order is sent again', () =>
    visit({ address, expected: /ERR_FAILED|Failed to load/ }, async ({ page }) => {
      await openCheckout(page);
      let lost = '';
      await page.route('**/api/v1/orders', async (route) => {
        if (lost !== '') return route.continue();
        lost = ((await (await route.fetch()).json()) as { id: string }).id;
        await route.abort();
      });
      await send(page).click();
      await page.locator('[data-failure=offline] button').click();
      await thanks(page).waitFor();
      assert.ok(page.url().includes(`/order/${lost}#`), `${page.url()} is not the order ${lost}`);
    }));

  // features: F1
  it('sees a price that has changed before anything is ordered', () =>
    visit({ address, expected: /409/ }, async ({ page, context }) => {
      const answers = recordOrders(page);
      await openCheckout(page);
      const total = await page.locator('.total').innerText();
      // As it was when another tab put it into the cart.
      const tab = await context.newPage();
      await tab.goto('/');
      await tab.evaluate(() => {
        const cart = JSON.parse(localStorage.getItem('nozama.cart') ?? '[]') as { price: number }[];
        localStorage.setItem('nozama.cart', JSON.stringify(cart.map((line) => ({ ...line, price: line.price - 1 }))));
      });
      await page.bringToFront();
      await page.waitForFunction((before) => document.querySelector<HTMLElement>('.total')?.innerText !== before, total);
      await send(page).click();
      await page.getByText('Your cart has changed').waitFor();
      await page.getByText(/The price has changed from/).waitFor();
      await assertAccessible(page);
      assert.deepEqual(answers.map((answer) => answer.status), [409]);
      await send(page).click();
      await thanks(page).waitFor();
    }));

  // features: F1
  it('is told of a product that is gone, and of one with too few left', () =>
    visit({ address }, async ({ page }) => {
      await addToCart(page);
      await page.evaluate(() => {
        const [line] = JSON.parse(localStorage.getItem('nozama.cart') ?? '[]') as object[];
        const gone = { ...line, productId: 'no-such-product', title: '<img src=x onerror="alert(1)"> gone' };
        localStorage.setItem('nozama.cart', JSON.stringify([{ ...line, quantity: 999 }, gone]));
      });
      await page.goto('/cart');
      await page.locator('[data-problem=product_gone]').waitFor();
      assert.equal(await page.getByRole('link', { name: 'Go to checkout' }).count(), 0);
      assert.equal(await page.locator('.lines img[src=x]').count(), 0, 'a title is text');
      await assertAccessible(page);
      await page.getByRole('button', { name: /^Remove .*gone/ }).click();
      const few = page.locator('[data-problem=out_of_stock]');
      if ((await few.count()) > 0) await few.getByRole('button', { name: /^Take / }).click();
      await page.getByRole('link', { name: 'Go to checkout' }).waitFor();
      await page.reload();
      await lines(page).first().waitFor();
      assert.equal(await lines(page).count(), 1);
    }));

  // features: F1
  it('has one cart in two tabs', () =>
    visit({ address }, async ({ page, context }) => {
      const other = await context.newPage();
      await other.goto('/cart');
      await other.getByText('Your cart is empty.').waitFor();
      await addToCart(page);
      await other.locator('.lines li').waitFor();
      await other.getByRole('button', { name: /^Remove/ }).click();
      await page.getByRole('link', { name: 'Cart', exact: true }).waitFor();
    }));

  it('without the token sees nothing of an order', () =>
    visit({ address, expected: /404/ }, async ({ page }) => {
      await openCheckout(page);
      await send(page).click();
      await thanks(page).waitFor();
      const [known] = page.url().split('#');
      await page.goto('about:blank');
      await page.goto(known ?? '');
      await page.locator('[data-failure=unknown_order]').waitFor();
      assert.equal(await page.getByText('Ada Lovelace').count(), 0);
    }));

  // features: E4
  it('marks favourites that stay', () =>
    visit({ address }, async ({ page }) => {
      await page.goto(`/product/${encodeURIComponent(product.id)}`);
      const heart = page.locator('.actions').getByRole('button', { name: /favourite/ });
      await heart.click();
      assert.equal(await heart.getAttribute('aria-pressed'), 'true');
      await page.goto('/favourites');
      await page.locator('main article').getByRole('button', { name: /favourite/ }).click();
      await page.getByText('Nothing is marked yet.').waitFor();
    }));
});

describe('a shopper with an account', () => {
  const password = 'four odd words here';

  async function signUp(page: Page, email: string): Promise<void> {
    await page.goto('/account');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByText(email).waitFor();
  }

  // features: F2
  it('orders, finds the order again, takes the data home and leaves: phone', () =>
    visit({ address, view: phone, options: { acceptDownloads: true } }, async ({ page }) => {
      const email = 'ada@example.org';
      await signUp(page, email);
      await assertAccessible(page);
      await assertFits(page);
      await addToCart(page);
      await page.goto('/checkout');
      await page.waitForFunction(() => (document.querySelector('#field-email') as HTMLInputElement | null)?.value === 'ada@example.org');
      await fillForm(page);
      await send(page).click();
      await thanks(page).waitFor();
      await page.evaluate(() => localStorage.removeItem('nozama.orders')); // another browser
      await page.goto('/order');
      await page.getByRole('link', { name: /^Order / }).click();
      await thanks(page).waitFor();

      await page.goto('/account');
      const file = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export my data' }).click();
      assert.equal((await file).suggestedFilename(), 'my-data.json');
      const button = page.getByRole('button', { name: 'Delete my account' });
      assert.equal(await button.isDisabled(), true);
      await page.getByLabel('Yes, delete my account for good').check();
      await button.click();
      await page.getByText('Your account is deleted.').waitFor();
      await page.goto('/order');
      await page.getByText('You have not ordered anything yet.').waitFor();
    }));

  // features: E4 F2
  it('has the favourites in every browser, and the next one at this browser has none of them', () =>
    visit({ address }, async ({ page }) => {
      await page.goto(`/product/${encodeURIComponent(product.id)}`);
      await page.locator('.actions').getByRole('button', { name: /favourite/ }).click();
      await signUp(page, 'ben@example.org');
      await page.evaluate(() => localStorage.removeItem('nozama.favourites')); // another browser
      await page.goto('/favourites');
      await page.locator('main article').first().waitFor();
      await page.goto('/account');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.goto('/favourites');
      await page.getByText('Nothing is marked yet.').waitFor();
    }));

  // features: F2
  it('whose session has ended is told so, and an order made meanwhile still arrives', () =>
    visit({ address, expected: /401/ }, async ({ page, context }) => {
      await signUp(page, 'eve@example.org');
      await openCheckout(page);
      await context.clearCookies();
      await send(page).click();
      await thanks(page).waitFor();
      await page.goto('/account');
      await page.getByText('You have been signed out.').waitFor();
      await page.getByLabel('E-mail').fill('eve@example.org');
      await page.getByLabel('Password').fill('a wrong password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('The e-mail address or the password is wrong.').waitFor();
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Your account' }).waitFor();
    }));
});
