// A photo search refined by words, likes and dislikes, in a real browser against the real program.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { samplePhoto } from './photos.ts';
import { root, startService, type Service } from './service.ts';

const screenshots = path.resolve(root, process.env['NOZAMA_SCREENSHOTS'] ?? 'build/screenshots');

let service: Service;
let address: string;

before(async () => {
  await mkdir(screenshots, { recursive: true });
  service = await startService();
  address = service.address;
});

after(() => service?.stop());

const titles = (page: Page): Promise<string[]> => page.locator('.results article .title').allTextContents();
const field = (page: Page) => page.getByRole('textbox', { name: 'Refine in words' });
const place = (page: Page): URLSearchParams => new URL(page.url()).searchParams;
const judged = (page: Page) => page.locator('[data-judged]');
const likes = (page: Page) => page.locator('.results article').getByRole('button', { name: /^More like/ });
const dislikes = (page: Page) => page.locator('.results article').getByRole('button', { name: /^Less like/ });

async function awaitResults(page: Page): Promise<void> {
  await page.locator('.results article').first().waitFor();
  await page.locator('.cards:not([aria-busy=true])').waitFor();
}

async function searchByPhoto(page: Page): Promise<void> {
  await page.goto('/');
  await page.locator('main input[type=file]').first().setInputFiles(await samplePhoto(address));
  await awaitResults(page);
  await page.waitForURL(/[?&]v=/);
}

async function awaitAddress(page: Page, name: string, value: string | null): Promise<void> {
  await page.waitForFunction(([key, wanted]) => new URL(location.href).searchParams.get(key as string) === wanted, [name, value]);
  await awaitResults(page);
}

for (const view of [desktop, phone]) {
  describe(`refining on a ${view.name}`, () => {
    // features: A6
    it('by words needs no second upload, says how they were understood, is in the link and can be taken back', () =>
      visit({ address, view }, async ({ page, asked }) => {
        await searchByPhoto(page);
        const before_ = await titles(page);
        await field(page).fill('but in brown');
        await field(page).press('Enter');
        await awaitAddress(page, 'text', 'but in brown');
        await page.getByText('Looking first for: brown').waitFor();
        const search = (await asked()).at(-1);
        assert.equal(search?.image, null);
        assert.equal(search?.fields['text'], 'but in brown');
        assert.notDeepEqual(await titles(page), before_);
        await assertFits(page);
        await assertAccessible(page);
        await page.screenshot({ path: path.join(screenshots, `refine-${view.name}.png`), fullPage: true });
        await page.getByRole('button', { name: 'Without these words' }).click();
        await awaitAddress(page, 'text', null);
        assert.deepEqual((await titles(page)).toSorted(), before_.toSorted());
      }));

    // features: A7
    it('by likes and dislikes changes the results, and each can be taken back', () =>
      visit({ address, view }, async ({ page, asked }) => {
        await searchByPhoto(page);
        const before_ = await titles(page);
        await likes(page).last().click();
        await page.waitForURL(/[?&]like=/);
        await awaitResults(page);
        assert.equal((await asked()).at(-1)?.image, null);
        assert.equal(await likes(page).and(page.locator('[aria-pressed=true]')).count(), 1);
        const other = page.locator('.results article').filter({ has: page.getByRole('button', { name: /^More like/, pressed: false }) }).first();
        const gone = await other.locator('.title').innerText();
        await other.getByRole('button', { name: /^Less like/ }).click();
        await page.waitForURL(/[?&]dislike=/);
        await awaitResults(page);
        assert.equal(await judged(page).count(), 2);
        assert.ok(!(await titles(page)).includes(gone) || before_.filter((title) => title === gone).length > 1, 'the disliked product is still there');
        await assertFits(page);
        await assertAccessible(page);
        await judged(page).last().click();
        await page.waitForFunction(() => !new URL(location.href).searchParams.has('dislike'));
        await judged(page).first().click();
        await page.waitForFunction(() => !new URL(location.href).searchParams.has('like'));
        await awaitResults(page);
        assert.deepEqual((await titles(page)).toSorted(), before_.toSorted());
      }));
  });
}

describe('refining', () => {
  // features: A6 A7
  it('needs no mouse, and the focus is never lost', () =>
    visit({ address }, async ({ page }) => {
      await searchByPhoto(page);
      await field(page).focus();
      await page.keyboard.type('sofa');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await awaitAddress(page, 'text', 'sofa');
      await likes(page).nth(2).press('Enter');
      await page.waitForURL(/[?&]like=/);
      await awaitResults(page);
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-pressed') === 'true');
      await dislikes(page).last().press('Space');
      await page.waitForURL(/[?&]dislike=/);
      await awaitResults(page);
      await page.waitForFunction(() => document.activeElement?.hasAttribute('data-judged'));
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => !new URL(location.href).searchParams.has('dislike'));
      if (await judged(page).count()) await page.keyboard.press('Enter');
      await page.waitForFunction(() => !new URL(location.href).searchParams.has('like'));
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'text');
    }));

  // features: D5 A6 A7
  it('is shared by the link, also with a product that has left the shop', async () => {
    let link = '';
    let seen: string[] = [];
    await visit({ address }, async ({ page }) => {
      await searchByPhoto(page);
      await field(page).fill('brown');
      await field(page).press('Enter');
      await awaitAddress(page, 'text', 'brown');
      await likes(page).nth(2).click();
      await page.waitForURL(/[?&]like=/);
      await awaitResults(page);
      link = page.url();
      seen = await titles(page);
    });
    await visit({ address, expected: /40[04]/ }, async ({ page }) => {
      await page.goto(link);
      await awaitResults(page);
      assert.deepEqual(await titles(page), seen);
      assert.equal(await field(page).inputValue(), 'brown');
      assert.equal(await judged(page).count(), 1);
      await page.goto(`${link}&dislike=no-such-product`);
      await awaitResults(page);
      await page.waitForFunction(() => !new URL(location.href).searchParams.has('dislike'));
      assert.equal(place(page).get('text'), 'brown');
    });
  });

  it('again while an answer is awaited cancels the request that nobody waits for', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchByPhoto(page);
      await page.route('**/api/v1/search', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await route.continue().catch(() => undefined);
      });
      const before_ = (await asked()).length;
      await field(page).fill('red');
      await field(page).press('Enter');
      await page.waitForFunction((n) => window.nozamaAsked.length > n, before_);
      await field(page).fill('brown');
      await field(page).press('Enter');
      await awaitAddress(page, 'text', 'brown');
      const searches = (await asked()).slice(before_);
      assert.deepEqual(searches.map((one) => [one.fields['text'], one.cancelled]), [['red', true], ['brown', false]]);
    }));
});
