// Accounts, keys and the audit log of the admin, in a real browser against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { emails, password, signInAs, startAdminShop, tabTo, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';

let shop: AdminShop;
let address: string;

before(async () => {
  shop = await startAdminShop();
  address = shop.address;
});

after(() => shop?.close());

async function signUp(email: string): Promise<void> {
  const answer = await fetch(`${address}/api/v1/accounts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password }) });
  assert.equal(answer.status, 201);
}

const row = (page: Page, text: string) => page.locator('tbody tr').filter({ hasText: text });

describe('accounts', () => {
  for (const view of [desktop, phone]) {
    // features: F2
    it(`are found, given a role and deleted: ${view.name}`, async () => {
      const email = `${view.name}-clerk@example.org`;
      await signUp(email);
      await visit({ address, view }, async ({ page }) => {
        await signInAs(page, address, 'admin');
        await page.goto('/admin');
        await page.getByRole('link', { name: 'Users and keys' }).click();
        await row(page, email).waitFor();
        await assertAccessible(page);
        await assertFits(page);
        await page.getByLabel('E-mail address, or a part of it').fill(`${view.name}-CLERK`);
        await page.keyboard.press('Enter');
        await page.waitForURL(/q=/);
        await row(page, emails.admin).waitFor({ state: 'detached' });
        await page.getByLabel(`Role of ${email}`).selectOption('editor');
        await page.getByText(`${email}: The role is changed.`).waitFor();
        await page.reload();
        assert.equal(await page.getByLabel(`Role of ${email}`).inputValue(), 'editor');

        await page.getByRole('button', { name: `Delete: ${email}` }).click();
        await page.getByRole('button', { name: 'Keep it' }).click();
        await row(page, email).waitFor();
        await page.getByRole('button', { name: `Delete: ${email}` }).click();
        await assertAccessible(page);
        await page.getByRole('button', { name: 'Yes, delete it' }).click();
        await page.getByText(`${email}: The account is deleted.`).waitFor();
        await page.reload();
        await page.getByText('No account has this in its address.').waitFor();
      });
    });
  }

  it('keep their last admin', () =>
    visit({ address, expected: /409/ }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.goto('/admin/users');
      await page.getByLabel(`Role of ${emails.admin}`).selectOption('shopper');
      await page.getByText('This is the last admin.').waitFor();
      assert.equal(await page.getByLabel(`Role of ${emails.admin}`).inputValue(), 'admin');
    }));

  it('are not shown to editors', () =>
    visit({ address, expected: /403/ }, async ({ page }) => {
      await signInAs(page, address, 'editor');
      await page.goto('/admin');
      await page.getByRole('link', { name: 'Orders' }).first().waitFor();
      assert.equal(await page.getByRole('link', { name: 'Users and keys' }).count(), 0);
      await page.goto('/admin/users');
      await page.locator('[data-failure]').waitFor();
    }));
});

describe('keys', () => {
  // features: F2
  it('are made by keyboard alone, shown once, work, and stop when revoked', () =>
    visit({ address }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.goto('/admin/users/keys');
      await page.getByText('No keys yet.').waitFor();
      await tabTo(page, '#field-key-name');
      await page.keyboard.press('Enter');
      await page.getByText('Give the key a name').waitFor();
      await page.getByText('Name at least one website').waitFor();
      await page.keyboard.type('stock robot');
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowDown'); // for a program
      await page.getByRole('checkbox', { name: 'read and write the catalogue' }).waitFor();
      await tabTo(page, 'form .primary');
      await page.keyboard.press('Enter');
      const secret = await page.getByRole('textbox', { name: 'Your new key' }).inputValue();
      assert.match(secret, /^nzk_/);
      await assertAccessible(page);
      const use = async (): Promise<number> =>
        (await fetch(`${address}/api/v1/products/no-such-product`, { method: 'DELETE', headers: { Authorization: `Bearer ${secret}` } })).status;
      assert.notEqual(await use(), 401);

      await page.reload();
      await row(page, 'stock robot').getByText('active').waitFor();
      assert.ok(!(await page.content()).includes(secret));
      await page.getByRole('button', { name: 'Revoke: stock robot' }).click();
      await page.getByRole('button', { name: 'Yes, revoke it' }).click();
      await row(page, 'stock robot').getByText('revoked').waitFor();
      assert.equal(await use(), 401);
    }));

  it('for a website name their sites and can only search', () =>
    visit({ address, view: phone }, async ({ page }) => {
      await signInAs(page, address, 'admin');
      await page.goto('/admin/users/keys');
      await page.getByLabel('Name').fill('blog');
      await page.getByLabel('Websites').fill('https://blog.example\nhttps://www.blog.example');
      await page.getByRole('button', { name: 'Make the key' }).click();
      await page.getByRole('textbox', { name: 'Your new key' }).waitFor();
      await assertFits(page);
      await row(page, 'blog').getByText('https://blog.example, https://www.blog.example').waitFor();
      assert.match(await row(page, 'blog').innerText(), /search/);
      await page.getByRole('link', { name: 'What was done' }).click();
      await row(page, 'POST /api/v1/keys').first().waitFor();
    }));
});
