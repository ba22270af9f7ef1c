// The storefront in a real browser against the real program with the sample shop.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { assertAccessible, assertFits, phone, visit } from './browser.ts';
import { hand, wallPng, samplePhoto, type PhotoFile } from './photos.ts';
import { startService, type Service } from './service.ts';

const kJsBytesMax = 90 * 1024;

let service: Service;
let address: string;
let photo: PhotoFile;

before(async () => {
  service = await startService();
  address = service.address;
  photo = await samplePhoto(address);
});

after(() => service?.stop());

const cards = (page: Page) => page.locator('.results article');
const status = (page: Page) => page.locator('p[role=status]:not(header p)');
const fileInput = (page: Page) => page.locator('main input[type=file]').first();
const frame = (page: Page) => page.getByRole('application');

const titles = (page: Page): Promise<string[]> => cards(page).locator('.title').allTextContents();

async function awaitResults(page: Page): Promise<void> {
  await cards(page).first().waitFor();
  await page.locator('.cards:not([aria-busy=true])').waitFor();
}

async function searchBySample(page: Page): Promise<void> {
  await page.goto('/');
  await page.locator('.samples button').first().click();
  await awaitResults(page);
}

async function problem(route: Route, code: string, statusCode: number, headers: Record<string, string> = {}): Promise<void> {
  const body = JSON.stringify({ type: 'about:blank', title: 'x', status: statusCode, detail: 'x', code, request_id: 'test-1' });
  await route.fulfill({ status: statusCode, contentType: 'application/problem+json', headers, body });
}

describe('a photo', () => {
  // features: D2
  it('from the samples gives cards with picture, title, category, stars and price', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchBySample(page);
      const count = await cards(page).count();
      assert.ok(count >= 1 && count <= 30, `${count} cards`);
      const card = cards(page).first();
      await card.locator('img').waitFor();
      for (const part of ['.title a', '.category', '.count', '.price']) assert.notEqual(await card.locator(part).textContent(), '', part);
      await page.waitForFunction(() => (document.querySelector('.results article img') as HTMLImageElement | null)?.naturalWidth ?? 0 > 0);
      assert.match(await page.locator('.bar img').getAttribute('src').then(String), /^blob:/);
      assert.match(page.url(), /\/search\?v=/);
      const [first] = await asked();
      assert.ok(first?.image && first.image.size > 0);
      assert.equal(first.fields['crop'], undefined);
    }));

  // features: A1
  it('comes from the file chooser', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/');
      const chooser = page.waitForEvent('filechooser');
      await page.getByText('Choose a photo').click();
      await (await chooser).setFiles(photo);
      await awaitResults(page);
    }));

  for (const how of ['drop', 'paste'] as const) {
    // features: A1
    it(`comes by ${how}, on any page`, () =>
      visit({ address }, async ({ page }) => {
        await searchBySample(page);
        await cards(page).first().locator('a').click();
        await page.locator('.facts').waitFor();
        await hand(page, how, photo);
        await awaitResults(page);
        assert.match(page.url(), /\/search/);
      }));
  }

  // features: A1 F4
  it('comes from the camera on a phone', () =>
    visit({ address, view: phone }, async ({ page }) => {
      await page.goto('/');
      const camera = page.locator('main input[capture=environment]');
      await page.getByText('Take a photo', { exact: true }).waitFor();
      await camera.setInputFiles(photo);
      await awaitResults(page);
      await assertFits(page);
    }));

  it('of a large camera is scaled down before the upload', () =>
    visit({ address }, async ({ page, asked }) => {
      await page.goto('/');
      const base64 = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(5000, 3000);
        const context = canvas.getContext('2d');
        if (context === null) throw new Error('no canvas');
        for (let i = 0; i < 60; ++i) {
          context.fillStyle = `hsl(${i * 6} 80% 50%)`;
          context.fillRect(i * 83, 0, 83, 3000);
        }
        const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
        let text = '';
        for (const byte of bytes) text += String.fromCharCode(byte);
        return btoa(text);
      });
      await fileInput(page).setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') });
      await frame(page).waitFor();
      const size = await frame(page).locator('img').evaluate((image: HTMLImageElement) => image.decode().then(() => [image.naturalWidth, image.naturalHeight]));
      assert.deepEqual(size, [1600, 960]);
      const [first] = await asked();
      assert.equal(first?.image?.type, 'image/jpeg');
    }));

  // features: A3
  it('is searched again when the crop changes, and the request under way is cancelled', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchBySample(page);
      let requests = 0;
      await page.route('**/api/v1/search', async (route) => {
        if (++requests === 1) await new Promise((resolve) => setTimeout(resolve, 2000));
        await route.continue().catch(() => undefined); // cancelled meanwhile
      });
      const box = await frame(page).boundingBox();
      assert.ok(box);
      const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
      await page.mouse.move(...at(0.25, 0.25));
      await page.mouse.down();
      await page.mouse.move(...at(0.5, 0.5), { steps: 4 });
      await page.mouse.move(...at(0.75, 0.8), { steps: 4 });
      await page.mouse.up();
      await page.waitForFunction(() => window.nozamaAsked.length === 2);
      const crop = String((await asked())[1]?.fields['crop']).split(',').map(Number);
      [0.25, 0.25, 0.5, 0.55].forEach((expected, i) => assert.ok(Math.abs((crop[i] ?? NaN) - expected) < 0.04, `crop ${crop.join()}`));

      await frame(page).focus();
      await page.keyboard.press('Shift+ArrowLeft');
      await page.waitForFunction(() => window.nozamaAsked.length === 3);
      await awaitResults(page);
      assert.deepEqual((await asked()).map((one) => one.cancelled), [false, true, false]);

      await page.getByRole('button', { name: 'Whole photo' }).click();
      await page.waitForFunction(() => window.nozamaAsked.length === 4);
      assert.equal((await asked())[3]?.fields['crop'], undefined);
    }));

  // features: B4 B5
  it('is searched in the category that the shopper chooses, without a second upload', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchBySample(page);
      const chips = page.locator('label[data-category]');
      const shares = await chips.locator('.percent').allTextContents();
      assert.ok(shares.length >= 2 && shares.every((text) => /^<?\d+%$/.test(text)), shares.join());
      const chip = chips.nth(1);
      const [slug, name] = [await chip.getAttribute('data-category'), (await chip.textContent())?.replace(/\s*<?\d+%\s*$/, '').trim()];
      await chip.click();
      await page.waitForFunction(() => window.nozamaAsked.length === 2);
      await awaitResults(page);
      const last = (await asked())[1];
      assert.equal(last?.image, null);
      assert.equal(last?.fields['category'], slug);
      for (const category of await cards(page).locator('.category').allTextContents()) assert.equal(category, name);
      assert.equal(new URL(page.url()).searchParams.get('c'), slug);
      await page.getByRole('radio', { name: 'All', exact: true }).check();
      await page.waitForFunction(() => window.nozamaAsked.length === 3);
      assert.equal((await asked())[2]?.fields['category'], 'all');
    }));

  // features: B5 D1
  it('of nothing that the shop has says so, and shows the nearest few on request', () =>
    visit({ address }, async ({ page, asked }) => {
      await page.goto('/');
      await fileInput(page).setInputFiles({ name: 'wall.png', mimeType: 'image/png', buffer: wallPng(300) });
      await page.getByRole('heading', { name: 'Nothing like this here' }).waitFor();
      assert.equal(await cards(page).count(), 0);
      await assertAccessible(page);
      await page.getByRole('button', { name: /nearest/ }).click();
      await awaitResults(page);
      assert.ok((await cards(page).count()) <= 6);
      assert.equal((await asked()).at(-1)?.fields['min_score'], 0);
    }));

  // features: D1
  it('that few products look like shows the others on request, the alike first', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchBySample(page);
      for (const chip of await page.locator('.chips input').all()) {
        await chip.check();
        await page.locator('.results .bar p', { hasText: 'Answered' }).or(page.getByRole('heading', { name: 'Nothing like this' })).waitFor();
        const few = await titles(page);
        const button = page.getByRole('button', { name: 'less alike' });
        if (few.length === 0 || (await button.count()) === 0) continue;
        await button.click();
        await page.waitForFunction((n) => document.querySelectorAll('.results article').length > n, few.length);
        assert.equal((await asked()).at(-1)?.fields['min_score'], 0);
        // The answer's vector is coarser than the photo: neighbours may swap places.
        const first = new Set((await titles(page)).slice(0, few.length + 2));
        assert.deepEqual(few.filter((title) => !first.has(title)), []);
        return;
      }
      assert.fail('every category has a page full of products that look alike');
    }));

  // features: D1
  it('shows more results on request, none of them twice', () =>
    visit({ address }, async ({ page }) => {
      await searchBySample(page);
      await page.getByRole('radio', { name: 'All', exact: true }).check();
      await page.waitForFunction(() => window.nozamaAsked.length === 2);
      await awaitResults(page);
      const more = page.getByRole('button', { name: 'Show more' });
      if ((await cards(page).count()) < 30) return assert.equal(await more.count(), 0);
      await more.click();
      await page.waitForFunction(() => document.querySelectorAll('.results article').length > 30);
      const links = await cards(page).locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      assert.equal(new Set(links).size, links.length);
    }));

  // features: D5
  it('is not in the link to its results, which show the same products to someone else', async () => {
    let link = '';
    let seen: string[] = [];
    await visit({ address, options: { permissions: ['clipboard-read', 'clipboard-write'] } }, async ({ page }) => {
      await searchBySample(page);
      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.getByText('Link copied').waitFor();
      link = await page.evaluate(() => navigator.clipboard.readText());
      seen = await titles(page);
    });
    assert.ok(link.length < 2000, `${link.length} characters`);
    await visit({ address }, async ({ page, asked }) => {
      await page.goto(link);
      await awaitResults(page);
      assert.ok((await asked()).every((one) => one.image === null));
      const shown = await titles(page);
      assert.ok(shown.filter((title) => seen.includes(title)).length >= 0.8 * seen.length, 'the link shows other products');
      assert.equal(shown[0], seen[0]);
    });
  });

  it('stays with its results when the shopper looks at a product and comes back', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchBySample(page);
      const seen = await titles(page);
      await cards(page).nth(2).locator('a').click();
      await page.locator('.facts').waitFor();
      await page.goBack();
      await awaitResults(page);
      assert.deepEqual(await titles(page), seen);
      assert.match(String(await page.locator('.bar img').getAttribute('src')), /^blob:/);
      assert.equal((await asked()).length, 1);
    }));
});

describe('a product', () => {
  // features: E1 A5
  it('has its pictures, facts, credit and a shelf of similar products, and starts a search of its own', () =>
    visit({ address }, async ({ page }) => {
      await searchBySample(page);
      const title = (await titles(page))[0] ?? '';
      await cards(page).first().locator('a').click();
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.locator('.gallery .large').waitFor();
      await page.getByText('renderings of a 3D model').first().waitFor();
      await page.getByText('Licence:').waitFor();
      await page.locator('.facts').getByText('Sample data.', { exact: true }).waitFor();
      const shelf = page.locator('.shelf article');
      await shelf.first().waitFor();
      assert.ok(!(await shelf.locator('.title').allTextContents()).includes(title));
      await page.getByText('See everything similar').click();
      await awaitResults(page);
      assert.ok(!(await titles(page)).includes(title));
    }));

  it('shows the pictures of the variant that is chosen', () =>
    visit({ address }, async ({ page }) => {
      const found = await fetch(`${address}/api/v1/products?limit=100`).then((answer) => answer.json() as Promise<{ products: { id: string }[] }>);
      for (const { id } of found.products) {
        const details = (await (await fetch(`${address}/api/v1/products/${encodeURIComponent(id)}`)).json()) as { variants: unknown[]; pictures: { variant: string | null }[] };
        if (details.variants.length < 2 || new Set(details.pictures.map((picture) => picture.variant)).size < 2) continue;
        await page.goto(`/product/${encodeURIComponent(id)}`);
        const large = page.locator('.gallery .large img');
        const before_ = await large.getAttribute('src');
        await page.locator('.variants label').nth(1).click();
        await page.waitForFunction((src) => document.querySelector('.gallery .large img')?.getAttribute('src') !== src, before_);
        return;
      }
      assert.fail('no product of the sample shop has variants with pictures of their own');
    }));

  it('that is gone says so', () =>
    visit({ address, expected: /404/ }, async ({ page }) => {
      await page.goto('/product/no-such-product');
      await page.locator('[data-failure=unknown_product]').waitFor();
    }));
});

describe('a category', () => {
  it('is reached from home, sorted and paged, and the address keeps both', () =>
    visit({ address }, async ({ page }) => {
      const tree = (await (await fetch(`${address}/api/v1/categories`)).json()) as { categories: { slug: string; product_count: number }[] };
      const largest = tree.categories.toSorted((a, b) => b.product_count - a.product_count)[0];
      assert.ok(largest && largest.product_count > 30);
      await page.goto('/');
      await page.locator('.kind').first().click();
      await page.locator('main article').first().waitFor();
      await page.goto(`/category/${largest.slug}`);
      await page.getByLabel('Sort by').selectOption('price_asc');
      await page.waitForURL(/sort=price_asc/);
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.waitForFunction(() => document.querySelectorAll('main article').length > 30);
      const prices = (await page.locator('main .price').allTextContents()).map((text) => Number(text.replace(/[^\d.]/g, '')));
      assert.deepEqual(prices, prices.toSorted((a, b) => a - b));
      await page.reload();
      await page.waitForFunction((n) => document.querySelectorAll('main article').length === n, prices.length);
    }));

  it('that does not exist says so', () =>
    visit({ address, expected: /40[04]/ }, async ({ page }) => {
      await page.goto('/category/no-such-category');
      await page.locator('[data-failure=unknown_category]').waitFor();
    }));
});

describe('when something fails', () => {
  it('a server that has stopped is reported, and asked again on request', async () => {
    const other = await startService();
    await visit({ address: other.address, expected: /ERR_|Failed to fetch/ }, async ({ page }) => {
      await searchBySample(page);
      await other.stop();
      await page.getByRole('radio', { name: 'All', exact: true }).check();
      await page.locator('[data-failure=offline]').waitFor();
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('[data-failure=offline]').waitFor();
    });
  });

  it('a busy server is asked again without bothering the shopper', () =>
    visit({ address, expected: /503/ }, async ({ page }) => {
      let refusals = 0;
      await page.route('**/api/v1/search', (route) => (++refusals <= 2 ? problem(route, 'busy', 503, { 'Retry-After': '1' }) : route.continue()));
      await searchBySample(page);
      assert.equal(refusals, 3);
    }));

  it('a server that stays busy is reported with a button to try again', () =>
    visit({ address, expected: /503/ }, async ({ page }) => {
      await page.route('**/api/v1/search', (route) => problem(route, 'busy', 503, { 'Retry-After': '1' }));
      await page.goto('/');
      await page.locator('.samples button').first().click();
      await page.locator('[data-failure=busy]').waitFor();
      assert.match(String(await status(page).textContent()), /busy/);
      await page.unroute('**/api/v1/search');
      await page.getByRole('button', { name: 'Try again' }).click();
      await awaitResults(page);
    }));

  for (const [name, file, code] of [
    ['a text file', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') }, 'unsupported_image'],
    ['an empty file', { name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) }, 'unsupported_image'],
    ['half a picture', { name: 'a.png', mimeType: 'image/png', buffer: wallPng(64).subarray(0, 30) }, 'damaged_image'],
  ] as const) {
    it(`${name} is refused with a reason`, () =>
      visit({ address }, async ({ page }) => {
        await page.goto('/');
        await fileInput(page).setInputFiles(file);
        await page.locator(`[data-failure=${code}]`).waitFor();
        await assertAccessible(page);
      }));
  }

  it('a link that is no link is refused with a reason', () =>
    visit({ address, expected: /400/ }, async ({ page }) => {
      await page.goto('/search?v=AAAA');
      await page.locator('[data-failure=bad_vector]').waitFor();
    }));

  // features: D5
  it('an outdated link says so and offers a new search', () =>
    visit({ address, expected: /409/ }, async ({ page }) => {
      await page.route('**/api/v1/search', (route) => problem(route, 'stale_vector', 409));
      await page.goto('/search?v=AAAA');
      await page.locator('[data-failure=stale_vector]').waitFor();
      await page.unroute('**/api/v1/search');
      await fileInput(page).setInputFiles(photo);
      await awaitResults(page);
    }));

  it('an unknown page leads home', () =>
    visit({ address, expected: /404/ }, async ({ page }) => {
      await page.goto('/no/such/page');
      await page.getByText('There is no such page.').waitFor();
      await page.getByText('Back to the start').click();
      await page.getByText('Choose a photo').waitFor();
    }));
});

describe('for everyone', () => {
  // features: F4 A3
  it('the whole way works with the keyboard alone', () =>
    visit({ address }, async ({ page }) => {
      const tabTo = async (selector: string): Promise<void> => {
        for (let i = 0; i < 80; ++i) {
          await page.keyboard.press('Tab');
          if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
        }
        assert.fail(`no way to ${selector} by Tab`);
      };
      await page.goto('/');
      await page.locator('.samples button').first().waitFor();
      await tabTo('main input[type=file]');
      await tabTo('.samples button');
      await page.keyboard.press('Enter');
      await awaitResults(page);
      await frame(page).waitFor();
      await tabTo('[role=application]');
      await page.keyboard.press('Shift+ArrowUp');
      await page.keyboard.press('ArrowDown');
      await page.waitForFunction(() => window.nozamaAsked.length === 2);
      await awaitResults(page);
      await tabTo('.chips input');
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(() => window.nozamaAsked.length === 3);
      await awaitResults(page);
      assert.equal(await page.evaluate(() => document.activeElement?.matches('.chips input')), true, 'the focus stays on the chip');
      await tabTo('.results article a');
      await page.keyboard.press('Enter');
      await page.locator('.facts').waitFor();
    }));

  // features: F4
  it('results are announced', () =>
    visit({ address }, async ({ page }) => {
      await searchBySample(page);
      assert.match(String(await status(page).textContent()), /^\S+ products? looks? like it$/);
    }));

  // features: F4
  it('the language can be changed and is remembered; names of products follow', () =>
    visit({ address }, async ({ page }) => {
      await searchBySample(page);
      const english = await titles(page);
      await page.getByLabel('Language').selectOption('de');
      await page.getByRole('heading', { name: 'Sieht Ihrem Foto ähnlich' }).waitFor();
      await page.waitForFunction((first) => document.querySelector('.results .title')?.textContent !== first, english[0]);
      assert.equal(await page.locator('html').getAttribute('lang'), 'de');
      await page.reload();
      await page.getByRole('heading', { name: 'Sieht Ihrem Foto ähnlich' }).waitFor();
    }));

  it('the home page sends at most 90 KB of compressed JavaScript', () =>
    visit({ address }, async ({ page }) => {
      const sizes: Promise<number>[] = [];
      page.on('requestfinished', (request) => {
        if (new URL(request.url()).pathname.endsWith('.js')) sizes.push(request.sizes().then((size) => size.responseBodySize));
      });
      await page.goto('/');
      await page.locator('.samples img').first().waitFor();
      await page.waitForLoadState('networkidle');
      const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      assert.ok(total > 0 && total <= kJsBytesMax, `${total} bytes`);
    }));
});
