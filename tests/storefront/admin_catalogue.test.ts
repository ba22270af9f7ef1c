// The admin's products and orders in a real browser, against a copy of the sample shop.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { emails, password, signInAs, startAdminShop, tabTo, type AdminShop } from './admin_shop.ts';
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

interface Stored {
  title: string;
  price: number | null;
  stock: number | null;
  brand: string | null;
  category: { name: string } | null;
}
const stored = async (id: string): Promise<Stored> => (await (await fetch(`${address}/api/v1/products/${encodeURIComponent(id)}`)).json()) as Stored;

// A program of the shop's, beside its people.
async function program(method: string, target: string, body?: object): Promise<Response> {
  const json = { 'Content-Type': 'application/json' };
  const session = await fetch(`${address}/api/v1/session`, { method: 'POST', headers: json, body: JSON.stringify({ email: emails.admin, password }) });
  const { csrf_token } = (await session.json()) as { csrf_token: string };
  const headers = { ...json, Cookie: (session.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '', 'X-CSRF-Token': csrf_token };
  const answer = await fetch(address + target, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  assert.ok(answer.ok, `${method} ${target}: ${answer.status}`);
  return answer;
}

let made = 0;
async function make(title: string, fields: object = {}): Promise<string> {
  const id = `made-${++made}`;
  await program('PUT', `/api/v1/products/${id}`, { title, price: '10.00', currency: 'EUR', stock: 3, brand: 'Maker', category: ['Made', 'Here'], ...fields });
  return id;
}

const rowOf = (page: Page, title: string) => rows(page).filter({ hasText: title });
const change = (page: Page, field: string, title: string) => page.getByRole('button', { name: new RegExp(`^Change ${field} of “${title}”`) });

async function openTable(page: Page, words: string): Promise<void> {
  await signInAs(page, address, 'editor');
  await page.goto(`/admin/products?q=${encodeURIComponent(words)}`);
  await rows(page).first().waitFor();
}

describe('products in the admin', () => {
  for (const view of [desktop, phone]) {
    // features: F3
    it(`are changed in their cells: ${view.name}`, async () => {
      const title = `Cellular ${view.name}`;
      const id = await make(title);
      await visit({ address, view }, async ({ page }) => {
        await openTable(page, title);
        await assertAccessible(page);
        await assertFits(page);
        await change(page, 'Price', title).click();
        await page.getByLabel(`Price of “${title}”`, { exact: true }).fill('12,5');
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: '€12.50' }).waitFor();
        await change(page, 'Stock', title).click();
        await page.getByLabel(`Stock of “${title}”`, { exact: true }).fill('many');
        await page.keyboard.press('Enter');
        await page.getByText('Please write a whole number').waitFor();
        await assertAccessible(page);
        await assertFits(page);
        await page.keyboard.press('Escape');
        assert.equal((await change(page, 'Stock', title).innerText()).trim(), '3');
        await change(page, 'Category', title).click();
        await page.getByLabel(`Category of “${title}”`, { exact: true }).fill('Made > Elsewhere');
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: 'Elsewhere' }).waitFor();
        await change(page, 'Brand', title).click();
        await page.getByLabel(`Brand of “${title}”`, { exact: true }).fill('');
        await page.locator('h1').click(); // leaving saves too
        await page.getByRole('button', { name: /^Change Brand.*not set/ }).waitFor();
        const now = await stored(id);
        assert.deepEqual([now.price, now.stock, now.brand, now.category?.name], [12.5, 3, null, 'Elsewhere']);
      });
    });
  }

  // features: F3 F4
  it('are changed with the keyboard alone', async () => {
    const id = await make('Keyed lamp');
    await visit({ address }, async ({ page }) => {
      await openTable(page, 'Keyed');
      await tabTo(page, 'button[aria-label^="Change Title"]');
      await page.keyboard.press('Enter');
      await page.keyboard.type('Keyed chair');
      await page.keyboard.press('Enter');
      await change(page, 'Title', 'Keyed chair').waitFor();
      assert.equal(await change(page, 'Title', 'Keyed chair').evaluate((button) => button === document.activeElement), true);
      await page.keyboard.press('Space');
      await page.keyboard.type('Nothing');
      await page.keyboard.press('Escape');
      await change(page, 'Title', 'Keyed chair').waitFor();
      await tabTo(page, 'button[aria-label^="Change Stock"]');
      await page.keyboard.press('Enter');
      await page.keyboard.type('8');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /^Change Stock.*: 8$/ }).waitFor();
      assert.deepEqual([(await stored(id)).title, (await stored(id)).stock], ['Keyed chair', 8]);
    });
  });

  // features: F3
  it('that somebody else has changed are not written over', async () => {
    const id = await make('Contested lamp');
    await visit({ address, expected: /412/ }, async ({ page }) => {
      await openTable(page, 'Contested');
      await program('PATCH', `/api/v1/products/${id}`, { stock: 1, price: '99.00' });
      await change(page, 'Stock', 'Contested lamp').click();
      await page.keyboard.type('7');
      await page.keyboard.press('Enter');
      await page.getByText('Somebody has changed this product meanwhile').waitFor();
      await page.getByRole('button', { name: '€99.00' }).waitFor();
      assert.equal((await stored(id)).stock, 1);
      await page.keyboard.press('Enter'); // again, now knowing
      await page.getByRole('button', { name: /^Change Stock.*: 7$/ }).waitFor();
      assert.deepEqual([(await stored(id)).stock, (await stored(id)).price], [7, 99]);
    });
  });

  for (const view of [desktop, phone]) {
    // features: F3
    it(`are changed many at once, and what fails is told at its row: ${view.name}`, async () => {
      const word = `Bulky${view.name}`;
      const ids = [await make(`${word} one`), await make(`${word} two`), await make(`${word} three`)];
      await make(`${word} varied`, { variants: [{ variant: 's', title: 'S', stock: 4 }] });
      await visit({ address, view }, async ({ page }) => {
        await openTable(page, word);
        await page.getByLabel('Choose all on this page').check();
        await page.getByText('4 products chosen').waitFor();
        await assertAccessible(page);
        await assertFits(page);
        await page.getByRole('button', { name: 'Apply' }).click();
        await page.getByText('3 changed, 1 not: see the lines.').waitFor();
        await rowOf(page, `${word} varied`).getByText('Each variant has its own stock').waitFor();
        await page.getByText('1 product chosen').waitFor();
        assert.deepEqual(await Promise.all(ids.map(async (id) => (await stored(id)).stock)), [0, 0, 0]);
        await page.getByLabel('Choose all on this page').check();
        await page.getByLabel('What to do').selectOption('Set the category');
        await page.locator('#bulk-category').fill('Made > Together');
        await page.getByRole('button', { name: 'Apply' }).click();
        await page.getByText('Done: 4 changed.').waitFor();
        assert.equal((await stored(ids[0] ?? '')).category?.name, 'Together');
        for (const name of ['one', 'two']) await page.getByLabel(`Choose “${word} ${name}”`).check();
        await page.getByLabel('What to do').selectOption('Delete');
        await page.getByRole('button', { name: 'Apply' }).click();
        await page.getByText('Delete 2 products for good?').waitFor();
        await assertAccessible(page);
        await page.getByRole('button', { name: 'Yes, delete for good' }).click();
        await page.getByText('Done: 2 changed.').waitFor();
        assert.equal(await rows(page).count(), 2);
        assert.equal((await fetch(`${address}/api/v1/products/${ids[0] ?? ''}`)).status, 404);
      });
    });
  }

  // features: F3
  it('are searched, narrowed, sorted and paged, and the address remembers it', async () => {
    for (let i = 0; i < 52; ++i) await make(`Numerous ${String(i).padStart(2, '0')}`, { price: `${100 - i}.00`, stock: i % 2 });
    await visit({ address }, async ({ page }) => {
      await openTable(page, 'numerous');
      await page.getByLabel('Order').selectOption('Title, A to Z');
      await rows(page).first().getByText('Numerous 00').first().waitFor();
      await page.getByRole('link', { name: 'Next page' }).click();
      await rows(page).first().getByText('Numerous 50').first().waitFor();
      assert.equal(await rows(page).count(), 2);
      await page.reload();
      await rows(page).first().getByText('Numerous 50').first().waitFor();
      await page.goBack();
      await rows(page).first().getByText('Numerous 00').first().waitFor();
      await page.getByLabel('Only what is sold out').check();
      await page.getByText('26 products').waitFor();
      await page.getByLabel('Category', { exact: true }).first().selectOption('Made > Here');
      await page.waitForURL(/category=/);
      await page.getByLabel('Words or id').fill('nothing of the kind');
      await page.keyboard.press('Enter');
      await page.getByText('No product fits.').waitFor();
      await page.getByRole('link', { name: 'Show all products' }).click();
      await rows(page).nth(40).waitFor();
    });
  });

  // features: F3
  it('are exported', () =>
    visit({ address, options: { acceptDownloads: true } }, async ({ page }) => {
      await openTable(page, '');
      const file = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Export' }).click();
      assert.equal((await file).suggestedFilename(), 'products.jsonl');
    }));

  it('say so when they cannot be had, and come when asked again', () =>
    visit({ address, expected: /500/ }, async ({ page }) => {
      await signInAs(page, address, 'editor');
      await page.route('**/api/v1/admin/products?**', (route) => route.fulfill({ status: 500, json: { code: 'internal', detail: 'x', request_id: '1' } }));
      await page.goto('/admin/products');
      await page.locator('[data-failure=internal]').waitFor();
      await page.unroute('**/api/v1/admin/products?**');
      await page.getByRole('button', { name: 'Try again' }).click();
      await rows(page).first().waitFor();
    }));
});

describe('the editor of a product', () => {
  // Two different pictures, made by the browser.
  const picture = (page: Page, colour: string): Promise<string> =>
    page.evaluate((fill) => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 96;
      const context = canvas.getContext('2d');
      if (context) [context.fillStyle, context.font] = [fill, '60px serif'];
      context?.fillRect(8, 8, 60, 70);
      return canvas.toDataURL('image/png').split(',')[1] ?? '';
    }, colour);
  const file = async (page: Page, name: string) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: Buffer.from(await picture(page, name), 'base64') });
  const hashes = async (id: string): Promise<string[]> => {
    const { pictures } = (await (await fetch(`${address}/api/v1/products/${id}`)).json()) as { pictures: { image_url: string }[] };
    return pictures.map((one) => one.image_url.split('/')[2] ?? '');
  };

  for (const view of [desktop, phone]) {
    // features: F3
    it(`makes a product, gives it pictures in their order, changes and deletes it: ${view.name}`, async () => {
      const taken = await make('Taken');
      const id = `edited/${view.name} ü`;
      await visit({ address, view, expected: /412|415/ }, async ({ page }) => {
        await signInAs(page, address, 'editor');
        await page.goto('/admin/products');
        await page.getByRole('link', { name: 'New product' }).click();
        await page.getByRole('button', { name: 'Create the product' }).click();
        await page.getByText('A product needs a title.').waitFor();
        await page.getByText('A product needs an id.').waitFor();
        assert.equal(await page.locator('#product-id').evaluate((input) => input === document.activeElement), true);
        await assertAccessible(page);
        await assertFits(page);
        await page.locator('#product-id').fill(taken);
        await page.locator('#product-title-0').fill('Edited thing');
        await page.locator('#product-price').fill('7.25');
        await page.locator('#product-currency').fill('eur');
        await page.locator('#product-category').fill('Made > Edited');
        await page.getByRole('button', { name: 'Create the product' }).click();
        await page.getByText('There is a product with this id already.').waitFor();
        await page.locator('#product-id').fill(id);
        await page.getByRole('button', { name: 'Create the product' }).click();
        await page.getByRole('heading', { name: 'Edited thing' }).waitFor();
        await page.getByText('No pictures yet.').waitFor();

        const upload = page.locator('input[type=file][multiple]');
        await upload.setInputFiles([await file(page, 'red'), await file(page, 'blue'), { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
        await page.getByText('“notes.txt” could not be added:').waitFor();
        const path = encodeURIComponent(id);
        const [first, second] = await hashes(path);
        assert.ok(first !== undefined && second !== undefined && first !== second);
        await assertAccessible(page);
        await assertFits(page);
        await page.getByRole('button', { name: 'Move picture 2 forward' }).click();
        await page.waitForFunction((hash) => document.querySelector('ol img')?.getAttribute('src')?.includes(hash), second);
        assert.deepEqual(await hashes(path), [second, first]);
        await page.getByRole('button', { name: 'Remove picture 2' }).click();
        await page.waitForFunction(() => document.querySelectorAll('ol img').length === 1);
        assert.deepEqual(await hashes(path), [second]);

        await page.getByLabel('Add a language').selectOption('Deutsch');
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await page.locator('#product-title-1').pressSequentially('Geändertes Ding');
        await page.locator('#product-price').fill('9,90');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByText('Saved.').waitFor();
        const german = (await (await fetch(`${address}/api/v1/products/${path}?lang=de`)).json()) as Stored;
        assert.deepEqual([german.title, german.price], ['Geändertes Ding', 9.9]);
        assert.equal((await hashes(path)).length, 1);

        await page.getByRole('button', { name: 'Delete this product' }).click();
        await page.getByRole('button', { name: 'Yes, delete for good' }).click();
        await page.getByRole('heading', { name: 'Products' }).waitFor();
        assert.equal((await fetch(`${address}/api/v1/products/${path}`)).status, 404);
      });
    });
  }

  // features: F3
  it('keeps what was typed when somebody else has changed the product, and what they changed too', async () => {
    const id = await make('Doubly edited');
    await visit({ address, expected: /412|404/ }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.goto(`/admin/products/edit?id=${id}`);
      await page.locator('#product-brand').fill('Mine');
      await program('PATCH', `/api/v1/products/${id}`, { stock: 1 });
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Somebody has changed this product meanwhile').waitFor();
      assert.equal(await page.locator('#product-brand').inputValue(), 'Mine');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Saved.').waitFor();
      assert.deepEqual([(await stored(id)).brand, (await stored(id)).stock], ['Mine', 1]);
      await page.goto('/admin/products/edit?id=no-such-product');
      await page.getByText('This product is gone.').waitFor();
    });
  });

  // features: F3
  it('takes texts as they are typed, and asks before what was typed is lost', async () => {
    const id = await make('Plain');
    const title = 'Less < more & <b>co</b> &amp; "all"';
    await visit({ address }, async ({ page }) => {
      await openTable(page, 'Plain');
      await change(page, 'Title', 'Plain').click();
      await page.keyboard.type(title);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: `: ${title}` }).waitFor();
      assert.equal((await stored(id)).title, title);
      await rows(page).first().getByRole('link', { name: /^Edit/ }).click();
      await page.getByRole('heading', { name: title }).waitFor();
      const field = page.locator('#product-title-0');
      assert.equal(await field.inputValue(), title);
      await field.fill(`${title}!`);
      const asked: string[] = [];
      page.on('dialog', (dialog) => {
        asked.push(dialog.message());
        void dialog.dismiss();
      });
      await page.getByRole('link', { name: 'All products' }).click();
      await page.waitForTimeout(200);
      assert.deepEqual(asked, ['You have not saved your changes. Leave without them?']);
      assert.equal(await field.inputValue(), `${title}!`);
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Saved.').waitFor();
      assert.equal((await stored(id)).title, `${title}!`);
      await page.getByRole('link', { name: 'All products' }).click();
      await page.getByRole('heading', { name: 'Products', exact: true }).waitFor();
      assert.equal(asked.length, 1);
    });
  });

  // features: F4
  it('makes a product with the keyboard alone', () =>
    visit({ address }, async ({ page }) => {
      await signInAs(page, address, 'editor');
      await page.goto('/admin/products/edit');
      await page.locator('#product-id').waitFor();
      for (const [field, text] of [['#product-id', 'keyed-1'], ['#product-title-0', 'Keyed in'], ['#product-price', '3'], ['#product-currency', 'EUR']] as const) {
        await tabTo(page, field);
        await page.keyboard.type(text);
      }
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Keyed in' }).waitFor();
      assert.equal((await stored('keyed-1')).price, 3);
    }));
});
