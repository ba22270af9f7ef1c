// Settings of the admin, in a real browser against the real server, with a receiver for its webhooks.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { signInAs, startAdminShop, tabTo, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';

let shop: AdminShop;
let address: string;
let receiver: Server;
let hook: string;
let calls = 0;

before(async () => {
  shop = await startAdminShop(['--fetch-networks', '127.0.0.0/8']);
  address = shop.address;
  receiver = createServer((_, answer) => {
    calls += 1;
    answer.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => receiver.once('listening', resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});

after(async () => {
  await shop?.close();
  receiver?.close();
});

const isLogged = async (): Promise<boolean> => ((await (await fetch(`${address}/api/v1/shop`)).json()) as { privacy: { searches_logged: boolean } }).privacy.searches_logged;

describe('settings', () => {
  // features: F2 F6
  it('turn the query log on after a question, and off, by keyboard', () =>
    visit({ address }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.goto('/admin');
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByText('Searches are not kept.').waitFor();
      await assertAccessible(page);
      await tabTo(page, 'section > p > .button');
      await page.keyboard.press('Enter');
      await page.getByText('Keep searches from now on?').waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await isLogged(), false);
      await page.getByRole('button', { name: 'Keep searches' }).click();
      await page.getByRole('button', { name: 'Yes, keep them' }).click();
      await page.getByText('Searches are kept from now on.').waitFor();
      await page.getByText('30 days').waitFor();
      assert.equal(await isLogged(), true);
      await page.getByRole('button', { name: 'Stop keeping them' }).click();
      await page.getByText('Searches are no longer kept.').waitFor();
      assert.equal(await isLogged(), false);
    }));

  for (const view of [desktop, phone]) {
    // features: D1
    it(`have webhooks, which are tried out and removed: ${view.name}`, () =>
      visit({ address, view, expected: /400/ }, async ({ page }) => {
        await signInAs(page, address, 'editor');
        await page.goto('/admin/settings');
        await page.getByText('No webhooks yet.').waitFor();
        assert.equal(await page.getByRole('button', { name: 'Keep searches' }).count(), 0); // of admins
        await page.getByRole('button', { name: 'Add' }).click();
        await page.getByText('Give an address.').waitFor();
        await page.getByLabel('Address').fill('ftp://erp.example/');
        await page.keyboard.press('Enter');
        await page.getByText('This is not an address').waitFor();
        await page.getByLabel('Address').fill(hook);
        await page.keyboard.press('Enter');
        assert.match(await page.getByRole('textbox', { name: 'Its secret' }).inputValue(), /^whsec_/);
        const before_ = calls;
        await page.getByRole('button', { name: `Try it out: ${hook}` }).click();
        await page.getByRole('cell', { name: 'delivered (204)' }).waitFor();
        assert.equal(calls, before_ + 1);
        await assertAccessible(page);
        await assertFits(page);
        await page.getByRole('button', { name: `Remove: ${hook}` }).click();
        await page.getByRole('button', { name: 'Yes, remove it' }).click();
        await page.getByText('No webhooks yet.').waitFor();
      }));
  }
});
