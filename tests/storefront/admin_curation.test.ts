// Curation in the admin, in a real browser against the real server: what a rule says is what shoppers see.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { signInAs, startAdminShop, tabTo, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { samplePhoto } from './photos.ts';

interface Product {
  id: string;
  title: string;
  category: { slug: string; name: string } | null;
}

let shop: AdminShop;
let address: string;
let products: Product[];

const list = async (query: string): Promise<Product[]> => ((await (await fetch(`${address}/api/v1/products?${query}`)).json()) as { products: Product[] }).products;

before(async () => {
  shop = await startAdminShop();
  address = shop.address;
  products = await list('limit=60');
});

after(() => shop?.close());

const row = (page: Page, text: string) => page.locator('tbody tr').filter({ hasText: text });
const shown = (page: Page, name: 'Without' | 'With') => page.getByRole('list', { name, exact: true }).getByRole('listitem');

async function openNew(page: Page, name: string): Promise<void> {
  await signInAs(page, address, 'editor');
  await page.goto('/admin/curation');
  await page.getByRole('link', { name: 'New rule' }).click();
  await page.getByLabel('Name').fill(name);
}

async function choose(page: Page, title: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Find products' }).fill(title);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Add: ${title}`, exact: true }).first().click();
}

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The rule is saved.').waitFor();
}

async function remove(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Delete: ${name}` }).click();
  await page.getByRole('button', { name: 'Yes, delete it' }).click();
  await page.getByText('The rule is deleted.').waitFor();
}

describe('curation in the admin', () => {
  for (const view of [desktop, phone]) {
    // features: H1
    it(`pins what was chosen, shows it before it is saved, and marks it for shoppers: ${view.name}`, () =>
      visit({ address, view }, async ({ page }) => {
        const product = products.at(-1);
        assert.ok(product?.category);
        const name = `First of all, ${view.name}`;
        await openNew(page, name);
        await choose(page, product.title);
        await page.getByLabel('Category').selectOption({ value: product.category.slug });
        await shown(page, 'With').first().getByText(product.title, { exact: true }).waitFor();
        assert.ok((await shown(page, 'Without').count()) > 0);
        await assertAccessible(page);
        await assertFits(page);
        await save(page);
        await row(page, name).getByText('Pin').waitFor();

        const listed = await list(`category=${product.category.slug}&limit=5`);
        assert.equal(listed[0]?.title, product.title);
        await page.goto(`/category/${product.category.slug}`);
        await page.locator('main article').first().getByText('Chosen by the shop').waitFor();

        await page.goto('/admin/curation');
        await page.getByRole('switch', { name: `On: ${name}` }).click();
        await page.getByText('The rule is saved.').waitFor();
        await page.reload();
        assert.equal(await page.getByRole('switch', { name: `On: ${name}` }).isChecked(), false);
        await page.getByRole('link', { name: `Duplicate: ${name}` }).click();
        await page.getByRole('heading', { level: 1, name: 'New rule' }).waitFor();
        assert.equal(await page.getByLabel('Name').inputValue(), `Copy of ${name}`);
        await page.getByRole('list', { name: 'Chosen, in this order' }).getByText(product.title, { exact: true }).waitFor();
        await page.getByRole('link', { name: 'All rules' }).click();
        await remove(page, name);
        await page.getByText('No rules yet.').waitFor();
      }));
  }

  it('hides for a picture, and says what is missing', () =>
    visit({ address }, async ({ page }) => {
      await openNew(page, '');
      await page.getByLabel('What it does').selectOption('Hide');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Give the rule a name.').waitFor();
      await page.getByText('Choose at least one product.').waitFor();
      await page.getByLabel('Name').fill('Not for this picture');
      await page.getByLabel('A picture like this').setInputFiles(await samplePhoto(address));
      await page.getByText('The picture is read.').waitFor();
      const product = products[0];
      assert.ok(product);
      await choose(page, product.title);
      await page.getByLabel('From').fill('2030-01-02T10:00');
      await page.getByLabel('Until').fill('2030-01-01T10:00');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('A rule must begin before it ends.').waitFor();
      await page.getByLabel('Until').fill('2030-02-01T10:00');
      await save(page);
      await row(page, 'Not for this picture').getByText('A picture like this').waitFor();
      await page.getByRole('link', { name: 'Not for this picture', exact: true }).click();
      await page.getByText('A picture is set.').waitFor();
      assert.equal(await page.getByLabel('From').inputValue(), '2030-01-02T10:00');
      await page.getByRole('link', { name: 'All rules' }).click();
      await remove(page, 'Not for this picture');
    }));

  it('orders pins by keyboard alone', () =>
    visit({ address }, async ({ page }) => {
      const [first, second] = products.filter((one, i) => products.findIndex((other) => other.title === one.title) === i);
      assert.ok(first && second);
      await openNew(page, 'In order');
      await choose(page, first.title);
      await choose(page, second.title);
      const chosen = page.getByRole('list', { name: 'Chosen, in this order' }).getByRole('listitem');
      await chosen.nth(1).waitFor();
      await page.getByRole('button', { name: `Move up: ${second.title}`, exact: true }).focus();
      await page.keyboard.press('Enter');
      await chosen.first().getByText(second.title, { exact: true }).waitFor();
      await tabTo(page, 'form > p:last-child .primary');
      await page.keyboard.press('Enter');
      await page.getByText('The rule is saved.').waitFor();
      assert.deepEqual((await list('limit=2')).map((one) => one.title), [second.title, first.title]);
      await remove(page, 'In order');
    }));

  it('says so when there is no such rule', () =>
    visit({ address, expected: /404/ }, async ({ page }) => {
      await signInAs(page, address, 'editor');
      await page.goto('/admin/curation/edit?id=999');
      await page.getByText('There is no such rule.').waitFor();
    }));
});
