// The home page, the ways in for a photo, and the pages about the shop itself, in a real browser against the real program.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
import { samplePhoto } from './photos.ts';
import { program, sampleData, startService, type Service } from './service.ts';

let service: Service;
let address: string;

before(async () => {
  service = await startService();
  address = service.address;
});

after(() => service?.stop());

const results = (page: Page) => page.locator('.results article').first();

for (const view of [desktop, phone]) {
  describe(`the home page on a ${view.name}`, () => {
    // features: F1
    it('says what the shop is and shows the photo button, samples, categories, what is liked and what is new', () =>
      visit({ address, view }, async ({ page }) => {
        await page.goto('/');
        await page.locator('.kind').first().waitFor();
        const button = await page.locator('main .ask label.primary').boundingBox();
        const height = view.options.viewport?.height ?? 0;
        assert.ok(button && button.y + button.height < height && button.height >= 48, 'the photo button is not seen at once');
        for (const name of ['Most reviewed', 'New in the shop']) {
          const shelf = page.getByRole('region', { name });
          assert.ok((await shelf.getByRole('article').count()) >= 6, name);
          await shelf.getByRole('link').first().waitFor();
        }
        await page.getByRole('region', { name: 'How to use' }).getByRole('link', { name: 'How it works' }).waitFor();
        await assertFits(page);
      }));

    // features: F6
    it('leads to the live picture of how it works, with the visitor\'s own photo and times', () =>
      visit({ address, view }, async ({ page, asked }) => {
        await page.goto('/how-it-works');
        await page.locator('main input[type=file]').setInputFiles(await samplePhoto(address));
        await page.locator('main ol article').first().waitFor();
        assert.equal(await page.locator('main ol > li').count(), 4);
        assert.equal(await page.locator('.took').count(), 3);
        assert.ok((await page.locator('.bars li').count()) > 0);
        await page.getByRole('img', { name: 'What made the photo and the first product alike' }).waitFor();
        assert.equal((await asked()).length, 1, 'one search answers it all');
        await assertFits(page);
        await assertAccessible(page);
      }));
  });
}

describe('how it works', () => {
  it('takes the photo of the page of results, needs no mouse, and says what cannot be read', () =>
    visit({ address, expected: /4\d\d/ }, async ({ page }) => {
      await page.goto('/');
      await page.locator('main input[type=file]').first().setInputFiles(await samplePhoto(address));
      await results(page).waitFor();
      await page.locator('footer').getByRole('link', { name: 'How it works' }).press('Enter');
      await page.getByText('This is your last photo.').waitFor();
      await page.locator('main ol article').first().waitFor();
      await page.locator('.sample').nth(1).press('Enter');
      await page.getByText('This is your last photo.').waitFor({ state: 'detached' });
      await page.locator('main ol article').first().waitFor();
      await page.locator('main input[type=file]').setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
      await page.locator('[data-failure=damaged_image]').waitFor();
    }));
});

describe('privacy', () => {
  // features: I8
  it('tells what this shop is set to, and empties the browser', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/');
      await page.evaluate(() => localStorage.setItem('nozama.favourites', '["x"]'));
      await page.goto('/privacy');
      await page.getByText('This shop keeps no log of searches.').waitFor();
      assert.equal(await page.getByText('the server fetches it from there').count(), 0);
      await page.getByRole('button', { name: 'Forget what this browser keeps' }).press('Enter');
      await page.getByText('This browser has forgotten all of it.').waitFor();
      assert.equal(await page.evaluate(() => localStorage.getItem('nozama.favourites')), null);
    }));
});

describe('the pages about the shop', () => {
  // features: F4 F6
  it('are in the visitor\'s language, what the server writes into them too', () =>
    visit({ address }, async ({ page }) => {
      for (const [path_, title] of [['/privacy', 'Datenschutz'], ['/how-to-use', 'Mit einem Foto suchen'], ['/how-it-works', 'So funktioniert es']] as const) {
        assert.match(await (await fetch(`${address}${path_}?lang=de`)).text(), new RegExp(`<title>${title} – `));
        await page.goto(`${path_}?lang=de`);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
      }
    }));
});

describe('an empty shop', () => {
  it('says what to do, and a search by photo says that nothing is like it', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'nozama-empty-'));
    await writeFile(path.join(folder, 'feed.csv'), 'id,title\n');
    await promisify(execFile)(program, ['import', path.join(folder, 'feed.csv'), '--data', path.join(folder, 'data')]);
    const empty = await startService(path.join(folder, 'data'));
    try {
      await visit({ address: empty.address }, async ({ page }) => {
        await page.goto('/');
        await page.getByText('This shop is still empty.').waitFor();
        await page.getByRole('link', { name: 'To the admin pages' }).waitFor();
        await page.locator('main input[type=file]').first().setInputFiles(await samplePhoto(address));
        await page.getByRole('heading', { name: 'Nothing like this here' }).waitFor();
      });
    } finally {
      await empty.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the address of a picture', () => {
  // features: A2
  it('is asked for only where the shop fetches pictures; typed or pasted, by keyboard, it finds what looks like it', async () => {
    await visit({ address }, async ({ page }) => {
      await page.goto('/');
      await page.locator('.kind').first().waitFor();
      assert.equal(await page.locator('input[type=url]').count(), 0);
    });
    const photo = await samplePhoto(address);
    const pictures = createServer((request, response) => response.writeHead(request.url === '/photo.jpg' ? 200 : 404, { 'Content-Type': 'image/jpeg' }).end(photo.buffer));
    await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/photo.jpg`;
    const fetching = await startService(sampleData, ['--image-url-search', 'own-networks', '--fetch-networks', '127.0.0.0/8']);
    try {
      for (const view of [desktop, phone]) {
        await visit({ address: fetching.address, view }, async ({ page, asked }) => {
          await page.goto('/');
          await page.locator('input[type=url]').fill(url);
          await page.keyboard.press('Enter');
          await results(page).waitFor();
          assert.equal((await asked())[0]?.fields['image_url'], url);
          await page.waitForURL(/[?&]v=/);
          await assertFits(page);
        });
      }
      await visit({ address: fetching.address, expected: /4\d\d/ }, async ({ page }) => {
        await page.goto('/privacy');
        await page.getByText('the server fetches it from there').waitFor();
        const paste = (text: string) =>
          page.evaluate((pasted) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData('text/plain', pasted);
            document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
          }, text);
        await paste(url);
        await results(page).waitFor();
        await page.goto('/');
        await page.locator('.kind').first().waitFor();
        await paste(url.replace('photo.jpg', 'gone.jpg'));
        await page.locator('[data-failure=fetch_failed]').waitFor();
      });
    } finally {
      await fetching.stop();
      pictures.close();
    }
  });
});
