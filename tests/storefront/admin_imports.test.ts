// Imports in the admin, in a real browser against the real server and a feed server of our own.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { signInAs, startAdminShop, tabTo, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';

let shop: AdminShop;
let address: string;
let feeds: Server; // whose answers never end
let endless: string;

before(async () => {
  shop = await startAdminShop(['--fetch-networks', '127.0.0.0/8']);
  address = shop.address;
  feeds = createServer((_, answer) => void answer.writeHead(200, { 'Content-Type': 'text/csv' }).write('id,title\n')).listen(0, '127.0.0.1');
  await new Promise((resolve) => feeds.once('listening', resolve));
  endless = `http://127.0.0.1:${(feeds.address() as AddressInfo).port}/feed.csv`;
});

after(async () => {
  await shop?.close();
  feeds?.closeAllConnections();
  feeds?.close();
});

const feed = (name: string, rows: readonly string[]) => ({ name: `${name}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`id,title,price,currency\n${rows.join('\n')}\n`) });
const figure = (page: Page, label: string) => page.locator('dl > div').filter({ has: page.getByText(label, { exact: true }) }).locator('dd');
const state = (page: Page) => page.locator('section .state');
const exists = async (id: string): Promise<boolean> => (await fetch(`${address}/api/v1/products/${id}`)).ok;

async function openImports(page: Page): Promise<void> {
  await signInAs(page, address, 'editor');
  await page.goto('/admin');
  await page.getByRole('link', { name: 'Imports' }).click();
  await page.getByRole('heading', { level: 1, name: 'Imports' }).waitFor();
}

describe('imports in the admin', () => {
  for (const view of [desktop, phone]) {
    // features: D2 D4
    it(`are tried, then done, and tell what was wrong: ${view.name}`, () =>
      visit({ address, view }, async ({ page }) => {
        const id = `tried-${view.name}`;
        await openImports(page);
        await page.getByLabel('Feed file').setInputFiles(feed(id, [`${id},A thing,1.00,EUR`, `${id}-bad,Another,cheap,EUR`]));
        await page.getByRole('button', { name: 'Start the dry run' }).click();
        await page.getByText('This was a dry run').waitFor();
        await assertAccessible(page);
        await assertFits(page);
        assert.equal(await figure(page, 'New').innerText(), '1');
        assert.equal(await figure(page, 'Failed rows').innerText(), '1');
        await page.getByRole('cell', { name: /cheap/ }).waitFor();
        assert.equal(await exists(id), false);

        await page.getByLabel('Try it only').uncheck();
        await page.getByRole('button', { name: 'Start the import' }).click();
        await page.getByText('The import is done.').waitFor();
        assert.equal(await exists(id), true);
        const download = page.waitForEvent('download');
        await page.getByRole('link', { name: 'Download all as CSV' }).click();
        assert.match(await readFile(await (await download).path(), 'utf8'), /cheap/);

        await page.locator('tbody').last().getByRole('link', { name: /^Import \d/ }).first().click();
        await page.waitForURL(/\/admin\/imports\/\d+$/);
        await page.getByText('The import is done.').waitFor();
      }));
  }

  // features: D2
  it('are paused, taken up and cancelled, and seen by whoever looks', () =>
    visit({ address, expected: /409/ }, async ({ page, context }) => {
      await openImports(page);
      await page.getByLabel('An address').check();
      await page.getByLabel('Address of the feed').fill(endless);
      await page.getByLabel('Try it only').uncheck();
      await page.getByRole('button', { name: 'Start the import' }).click();
      await page.getByRole('button', { name: 'Pause' }).waitFor();
      assert.equal(await state(page).innerText(), 'running');
      await assertAccessible(page);

      const other = await context.newPage();
      await other.goto('/admin/imports');
      await other.getByRole('button', { name: 'Pause' }).waitFor();
      await other.getByLabel('Feed file').setInputFiles(feed('second', ['second,A thing,1.00,EUR']));
      await other.getByRole('button', { name: 'Start the dry run' }).click();
      await other.getByText('Another import runs already.').waitFor();

      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByRole('button', { name: 'Go on' }).waitFor();
      assert.equal(await state(page).innerText(), 'paused');
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('button', { name: 'Pause' }).waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Let it run' }).click();
      assert.equal(await state(page).innerText(), 'running');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Yes, cancel it' }).click();
      await state(page).filter({ hasText: 'cancelled' }).waitFor();
    }));

  it('are begun by keyboard alone, and ask before they delete', () =>
    visit({ address, expected: /400/ }, async ({ page }) => {
      await openImports(page);
      await tabTo(page, 'form .primary');
      await page.keyboard.press('Enter');
      await page.getByText('Choose a file first.').waitFor();
      await page.getByLabel('Feed file').setInputFiles(feed('full', ['only-one,A thing,1.00,EUR']));
      const { total } = (await (await fetch(`${address}/api/v1/products?limit=1`)).json()) as { total: number };
      await page.getByLabel('The feed is the whole shop').focus();
      await page.keyboard.press('Space');
      await page.getByLabel('Try it only').focus();
      await page.keyboard.press('Space');
      await tabTo(page, 'form .primary');
      await page.keyboard.press('Enter');
      await page.getByText('Delete every product that is not in this feed?').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Start the import' }).waitFor();
      assert.equal(((await (await fetch(`${address}/api/v1/products?limit=1`)).json()) as { total: number }).total, total);
    }));

  it('say so when there is no such job, and when a feed cannot be had', () =>
    visit({ address, expected: /404|400/ }, async ({ page }) => {
      await openImports(page);
      await page.getByLabel('An address').check();
      await page.getByLabel('Address of the feed').fill('http://169.254.169.254/feed.csv');
      await page.getByRole('button', { name: 'Start the dry run' }).click();
      await state(page).filter({ hasText: 'failed' }).waitFor();
      await page.goto('/admin/imports/999999');
      await page.getByText('There is no such job.').waitFor();
    }));
});
