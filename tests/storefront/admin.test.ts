// Coming into the shop's admin, in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { emails, password, signInAs, startAdminShop, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';

let shop: AdminShop;

before(async () => {
  shop = await startAdminShop();
});

after(() => shop?.close());

const dashboard = (page: Page) => page.getByRole('heading', { level: 1, name: 'Dashboard' });
const signIn = (page: Page) => page.getByRole('button', { name: 'Sign in', exact: true });

describe('the one-time link', () => {
  for (const view of [desktop, phone]) {
    // features: F2
    it(`makes its first visitor an admin, whom the whole shop knows, and works once: ${view.name}`, () =>
      visit({ address: shop.address, view, expected: /400/ }, async ({ page }) => {
        const link = await shop.adminLink();
        await page.goto(`/admin/link${link.hash}`);
        await page.getByRole('heading', { level: 1, name: 'Become an admin of this shop' }).waitFor();
        await assertAccessible(page);
        await assertFits(page);
        await page.getByLabel('E-mail').fill(`grace-${view.name}@example.org`);
        await page.getByLabel('Password').fill('short');
        await page.keyboard.press('Enter');
        await page.getByText('This password is too short').waitFor();
        await page.getByLabel('Password').fill('compilers translate words');
        await page.keyboard.press('Enter');
        await dashboard(page).waitFor();
        await page.goto('/account');
        await page.getByText(`grace-${view.name}@example.org`).waitFor();
        await page.getByRole('link', { name: 'Shop admin' }).click();
        await dashboard(page).waitFor();

        await page.goto(`/admin/link${link.hash}`);
        await page.getByLabel('E-mail').fill('mallory@example.org');
        await page.getByLabel('Password').fill('a link that was used');
        await page.keyboard.press('Enter');
        await page.getByText('This link has been used or has expired').waitFor();
      }));
  }

  it('says what to do when it was cut', () =>
    visit({ address: shop.address }, async ({ page }) => {
      await page.goto('/admin/link');
      await page.getByText('nozama account admin-link').waitFor();
    }));
});

describe('the admin', () => {
  // features: F2
  it('sends nobody in particular to sign in, and back to the page they wanted', () =>
    visit({ address: shop.address }, async ({ page }) => {
      await page.goto('/admin/queries');
      await page.getByLabel('E-mail').fill(emails.admin);
      await page.getByLabel('Password').fill(password);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Searches' }).waitFor();
      assert.equal(new URL(page.url()).pathname, '/admin/queries');
      await page.getByRole('link', { name: 'Dashboard' }).click();
      await dashboard(page).waitFor();
      assert.equal(await page.getByRole('link', { name: 'Dashboard' }).getAttribute('aria-current'), 'page');
    }));

  it('knows a session that began elsewhere, and its end', () =>
    visit({ address: shop.address, expected: /401/ }, async ({ page }) => {
      await signInAs(page, shop.address, 'admin');
      await page.goto('/admin');
      await dashboard(page).waitFor();
      await page.context().clearCookies();
      await page.getByRole('link', { name: 'Searches' }).click();
      await signIn(page).waitFor();
      await page.getByText('You have been signed out').waitFor();
    }));

  it('can be left', () =>
    visit({ address: shop.address }, async ({ page }) => {
      await signInAs(page, shop.address, 'admin');
      await page.goto('/admin');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await signIn(page).waitFor();
      const session = (await (await page.request.get(`${shop.address}/api/v1/session`)).json()) as { account: object | null };
      assert.equal(session.account, null);
    }));

  it('is closed to shoppers, and says so', () =>
    visit({ address: shop.address }, async ({ page }) => {
      const made = await page.request.post(`${shop.address}/api/v1/accounts`, { data: { email: 'shopper@example.org', password: 'looks at shoes all day' } });
      assert.equal(made.status(), 201);
      await page.goto('/admin');
      await page.getByText('This account may not see the shop’s admin.').waitFor();
      await assertAccessible(page);
      await page.getByText('shopper@example.org').waitFor();
    }));
});
