// What shoppers and shops do that nobody planned: each has a state that helps.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { samplePhoto, wallPng, type PhotoFile } from './photos.ts';
import { program, startService, type Service } from './service.ts';

let service: Service;
let address: string;
let photo: PhotoFile;

before(async () => {
  service = await startService();
  address = service.address;
  photo = await samplePhoto(address);
});

after(() => service?.stop());

const results = (page: Page) => page.locator('.results article');
const fileInput = (page: Page) => page.locator('main input[type=file]').first();

async function choose(page: Page, file: PhotoFile): Promise<void> {
  await page.goto('/');
  await fileInput(page).setInputFiles(file);
}

describe('a photo', () => {
  it('whose connection is lost keeps its crop, and goes on from there', () =>
    visit({ address, expected: /ERR_INTERNET_DISCONNECTED|Failed to fetch/ }, async ({ page, context, asked }) => {
      await choose(page, photo);
      await results(page).first().waitFor();
      await page.getByRole('application').waitFor();
      await context.setOffline(true);
      await page.getByRole('application').focus();
      for (let i = 0; i < 4; ++i) await page.keyboard.press('-');
      await page.locator('[data-failure=offline]').waitFor();
      const crop = (await asked()).at(-1)?.fields['crop'];
      assert.match(String(crop), /^[\d.,]+$/);
      await assertAccessible(page);
      await context.setOffline(false);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('[data-failure]').waitFor({ state: 'detached' });
      const last = (await asked()).at(-1);
      assert.equal(last?.fields['crop'], crop);
      assert.ok(last?.image && last.image.size > 0);
    }));

  it('of thirty megapixels is scaled down before the upload', () =>
    visit({ address, view: phone }, async ({ page, asked }) => {
      await page.goto('/');
      const base64 = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(6500, 4700);
        const context = canvas.getContext('2d');
        if (context === null) throw new Error('no canvas');
        for (let i = 0; i < 50; ++i) {
          context.fillStyle = `hsl(${i * 7} 80% 50%)`;
          context.fillRect(i * 130, 0, 130, 4700);
        }
        const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
      });
      await fileInput(page).setInputFiles({ name: 'big.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') });
      await page.getByRole('application').waitFor();
      const size = await page.getByRole('application').locator('img').evaluate((image: HTMLImageElement) => image.decode().then(() => [image.naturalWidth, image.naturalHeight]));
      assert.deepEqual(size, [1600, 1157]);
      await page.waitForFunction(() => window.nozamaAsked.length > 0);
      assert.ok(((await asked())[0]?.image?.size ?? Infinity) < 3_000_000);
    }));

  it('in a format that the browser cannot read says which ones it can', () =>
    visit({ address }, async ({ page, asked }) => {
      const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(2000)]);
      await choose(page, { name: 'IMG_0001.HEIC', mimeType: 'image/heic', buffer: heic });
      const note = page.locator('[data-failure=unsupported_image]');
      await note.waitFor();
      assert.match((await note.textContent()) ?? '', /HEIC.*JPEG|JPEG.*HEIC/s);
      await assertAccessible(page);
      assert.deepEqual(await asked(), [], 'nothing is uploaded');
    }));

  it('of one pixel gets an answer', () =>
    visit({ address, expected: /4\d\d/ }, async ({ page }) => {
      await choose(page, { name: 'dot.png', mimeType: 'image/png', buffer: wallPng(1) });
      await page.locator('.results article, .refused, [data-failure]').first().waitFor();
      await assertFits(page);
      await assertAccessible(page);
    }));
});

describe('a shop', () => {
  it('without products says so on every page that lists them', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'nozama-empty-'));
    await writeFile(path.join(folder, 'feed.csv'), 'id,title\n');
    execFileSync(program, ['import', '--data', path.join(folder, 'data'), path.join(folder, 'feed.csv')], { stdio: 'ignore' });
    const empty = await startService(path.join(folder, 'data'));
    try {
      await visit({ address: empty.address }, async ({ page }) => {
        await page.goto('/');
        await page.getByText('This shop is still empty.').waitFor();
        await page.goto('/products');
        await page.getByText('This shop is still empty.').waitFor();
        await assertAccessible(page);
        await page.goto('/products?q=chair');
        await page.getByText('No product has all of these words').waitFor();
        await page.getByRole('combobox', { name: 'Search the shop' }).fill('chair');
        await page.keyboard.press('Enter');
        await page.getByText('No product has all of these words').waitFor();
      });
    } finally {
      await empty.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('whose pictures are missing is still readable', () =>
    visit({ address, expected: /ERR_FAILED|404/ }, async ({ page }) => {
      await page.route('**/media/**', (route) => route.fulfill({ status: 404 }));
      await page.goto('/products');
      await page.locator('main article').getByText('No picture').first().waitFor();
      await page.locator('main article .title a').first().click();
      await page.locator('.facts').waitFor();
      await page.locator('.gallery').getByText('No picture').first().waitFor();
      await assertAccessible(page);
    }));

  for (const view of [desktop, phone]) {
    it(`with very long names and markup in them keeps its shape (${view.name})`, () =>
      visit({ address, view }, async ({ page }) => {
        const name = `${'Donaudampfschifffahrtsgesellschaft'.repeat(9)}<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
        await page.route(/\/api\/v1\/products(\?|\/)/, async (route) => {
          const answer = await route.fetch();
          const text = (await answer.text()).replace(/"(title|brand)":"[^"]*"/g, (_, key: string) => `"${key}":${JSON.stringify(name)}`);
          await route.fulfill({ response: answer, body: text });
        });
        await page.goto('/products');
        await page.locator('main article').first().waitFor();
        await assertFits(page);
        await page.locator('main article .title a').first().click();
        await page.locator('.facts h1').waitFor();
        await page.locator('.shelf article').first().waitFor();
        await assertFits(page);
        assert.notEqual(await page.title(), 'run');
        assert.equal(await page.locator('main img[src=x]').count(), 0);
      }));
  }
});
