// The admin's orders in a real browser, against a copy of the sample shop.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { signInAs, startAdminShop, tabTo, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';

interface Product {
  id: string;
  title: string;
  price: number | null;
  currency: string;
  in_stock: boolean;
}

let shop: AdminShop;
let address: string;
let sold: readonly Product[]; // what can be ordered
let orders = 0;

before(async () => {
  shop = await startAdminShop();
  address = shop.address;
  const { products } = (await (await fetch(`${address}/api/v1/products?limit=60`)).json()) as { products: Product[] };
  sold = products.filter((one) => one.in_stock && one.price !== null);
});

after(() => shop?.close());

// Of one product after the other, so that none is sold out.
async function order(name: string): Promise<string> {
  const product = sold[orders++ % sold.length];
  assert.ok(product);
  const contact = { name, email: `${name.toLowerCase().replaceAll(/\W/g, '.')}@example.org`, street: 'Ring 1', postal_code: '1010', city: 'Wien', country: 'AT' };
  const body = { currency: product.currency, lang: 'en', lines: [{ product_id: product.id, variant: null, quantity: 1, price: product.price }], contact, note: 'Ring twice' };
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  const answer = await fetch(`${address}/api/v1/orders`, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 201, await answer.clone().text());
  return ((await answer.json()) as { id: string }).id;
}

const rows = (page: Page) => page.locator('tbody tr');
const state = (page: Page) => page.locator('.now .status');

describe('orders in the admin', () => {
  for (const view of [desktop, phone]) {
    // features: F3
    it(`are found, opened and moved on: ${view.name}`, async () => {
      const id = await order(`Ada ${view.name}`);
      await order(`Ben ${view.name}`);
      await visit({ address, view }, async ({ page }) => {
        await signInAs(page, address, 'editor');
        await page.goto('/admin/orders');
        await rows(page).first().waitFor();
        assert.ok((await rows(page).count()) >= 2);
        await assertAccessible(page);
        await assertFits(page);
        await page.getByLabel('Number, name or e-mail').fill(`ada.${view.name}@`);
        await page.getByRole('button', { name: 'Search', exact: true }).last().click();
        await page.waitForURL(/q=ada/);
        await page.getByText('1 order', { exact: true }).waitFor();
        await page.getByRole('link', { name: id }).click();
        await page.getByRole('heading', { name: `Order ${id}` }).waitFor();
        await page.getByText('Ring twice').waitFor();
        await assertAccessible(page);
        await assertFits(page);
        for (const [button, status] of [['Confirm the order', 'Confirmed'], ['Mark as sent', 'Sent'], ['Mark as done', 'Done']] as const) {
          await page.getByRole('button', { name: button }).click();
          await state(page).filter({ hasText: status }).waitFor();
        }
        await page.getByText('This order is finished').waitFor();
        assert.equal(await page.getByRole('button', { name: 'Cancel the order' }).count(), 0);
        await page.goBack();
        await page.getByText('1 order', { exact: true }).waitFor();
        assert.equal(await page.getByLabel('Number, name or e-mail').inputValue(), `ada.${view.name}@`);
        await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Cancelled' }).click();
        await page.getByText('No order fits.').waitFor();
        await page.getByRole('link', { name: 'Show all orders' }).click();
        await rows(page).nth(1).waitFor();
      });
    });
  }

  // features: F3 F4
  it('are cancelled with the keyboard alone, after a question', async () => {
    const id = await order('Kay Board');
    await visit({ address }, async ({ page }) => {
      await signInAs(page, address, 'editor');
      await page.goto('/admin/orders');
      await rows(page).first().waitFor();
      await tabTo(page, `a[href="/admin/orders/${id}"]`);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Cancel the order' }).waitFor();
      await tabTo(page, 'button:text-is("Cancel the order")');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter'); // "keep it" has the focus
      await page.getByRole('button', { name: 'Cancel the order' }).waitFor();
      assert.equal(await state(page).innerText(), 'Received');
      await tabTo(page, 'button:text-is("Cancel the order")');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Enter');
      await state(page).filter({ hasText: 'Cancelled' }).waitFor();
    });
  });

  // features: F3
  it('that somebody else has finished meanwhile are shown as they are now', async () => {
    const id = await order('Two People');
    await visit({ address, expected: /409/ }, async ({ page, context }) => {
      await signInAs(page, address, 'editor');
      await page.goto(`/admin/orders/${id}`);
      await page.getByRole('button', { name: 'Confirm the order' }).waitFor();
      const other = await context.newPage();
      await other.goto(`/admin/orders/${id}`);
      await other.getByRole('button', { name: 'Cancel the order' }).click();
      await other.getByRole('button', { name: 'Yes, cancel it' }).click();
      await state(other).filter({ hasText: 'Cancelled' }).waitFor();
      await page.getByRole('button', { name: 'Confirm the order' }).click();
      await page.getByText('Somebody has changed this order meanwhile.').waitFor();
      assert.equal(await state(page).innerText(), 'Cancelled');
    });
  });

  // features: F3
  it('have pages that the address remembers', async () => {
    for (let i = 0; i < 26; ++i) await order(`Page ${i}`);
    await visit({ address }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.goto('/admin/orders?q=page');
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.waitForURL(/after=/);
      await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
      await page.reload();
      await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
      await page.getByRole('link', { name: 'First page' }).click();
      await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 25);
    });
  });

  it('say so when they cannot be had, and come when asked again', () =>
    visit({ address, expected: /500|404/ }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.route('**/api/v1/admin/orders?**', (route) => route.fulfill({ status: 500, json: { code: 'internal', detail: 'x', request_id: '1' } }));
      await page.goto('/admin/orders');
      await page.locator('[data-failure=internal]').waitFor();
      await page.unroute('**/api/v1/admin/orders?**');
      await page.getByRole('button', { name: 'Try again' }).click();
      await rows(page).first().waitFor();
      await page.goto('/admin/orders/0000000000');
      await page.getByText('There is no such order.').waitFor();
    }));
});
