// What the shop understands of a photo, in a real browser against the real program: parts, colours, reasons, what matched.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { assertAccessible, assertFits, desktop, phone, visit } from './browser.ts';
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

const cards = (page: Page) => page.locator('.results article');
const parts = (page: Page) => page.getByRole('list', { name: 'Parts of your photo' }).getByRole('button');
const swatches = (page: Page) => page.locator('button[data-colour]');
const whatMatched = (page: Page) => page.getByRole('button', { name: 'What matched?' });
const photoPlace = (page: Page) => page.getByRole('application').evaluate((photo) => photo.getBoundingClientRect().top + window.scrollY);
const place = (page: Page): URLSearchParams => new URL(page.url()).searchParams;

async function awaitResults(page: Page): Promise<void> {
  await cards(page).first().waitFor();
  await page.locator('.cards:not([aria-busy=true])').waitFor();
}

// Of the sample photos the first that has what the test is about.
async function searchWith(page: Page, wanted: (page: Page) => Promise<boolean>): Promise<void> {
  await page.goto('/');
  await page.locator('.samples button').first().waitFor();
  const samples = await page.locator('.samples button').count();
  for (let i = 0; i < samples; ++i) {
    await page.goto('/');
    await page.locator('.samples button').nth(i).click();
    await awaitResults(page);
    await page.getByRole('application').waitFor();
    await page.waitForURL(/[?&]v=/);
    if (await wanted(page)) return;
  }
  assert.fail('no sample photo has that');
}

const hasParts = async (page: Page): Promise<boolean> => (await parts(page).count()) > 0;
const hasColours = async (page: Page): Promise<boolean> => (await swatches(page).count()) > 0;

// The next search of a page that has asked `before_` times.
async function awaitSearch(page: Page, before_: number): Promise<void> {
  await page.waitForFunction((n) => window.nozamaAsked.length > n, before_);
}

// Changes an answer of the real server on its way to the page.
async function altered(route: Route, change: (answer: { results: { product: { id: string }; reasons: string[]; duplicates: string[] }[] }) => void): Promise<void> {
  const response = await route.fetch();
  const answer = (await response.json()) as Parameters<typeof change>[0];
  change(answer);
  await route.fulfill({ response, json: answer });
}

describe('a part of the photo', () => {
  // features: A4
  it('is searched on a press without a second upload, and left again', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchWith(page, hasParts);
      const before_ = await asked();
      const whole = place(page).get('v');
      await parts(page).first().press('Enter');
      await awaitSearch(page, before_.length);
      await awaitResults(page);
      const search = (await asked()).at(-1);
      assert.equal(search?.image, null);
      assert.match(String(search?.fields['vector']), /^[\w.~=-]+$/);
      assert.equal(await parts(page).first().getAttribute('aria-pressed'), 'true');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-pressed')), 'true', 'the focus stays');
      await page.waitForFunction((v) => new URL(location.href).searchParams.get('v') !== v, whole);
      await page.getByRole('button', { name: 'Back to the whole photo' }).click();
      await page.waitForFunction((v) => new URL(location.href).searchParams.get('v') === v, whole);
      assert.ok((await asked()).slice(before_.length).every((one) => one.image === null), 'the photo was sent again');
      assert.equal(await parts(page).first().getAttribute('aria-pressed'), 'false');
    }));

  // features: A4
  it('is a step of its own: the browser goes back to the whole photo and forth again, without a second upload', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchWith(page, hasParts);
      const whole = place(page).get('v');
      const before_ = (await asked()).length;
      await parts(page).first().click();
      await page.waitForFunction((v) => new URL(location.href).searchParams.get('v') !== v, whole);
      await awaitResults(page);
      const part = place(page).get('v');
      await page.goBack();
      await page.waitForFunction((v) => new URL(location.href).searchParams.get('v') === v, whole);
      await page.locator('[aria-pressed=true]').waitFor({ state: 'detached' });
      await awaitResults(page);
      assert.ok((await parts(page).count()) > 0, 'the photo is gone');
      await page.goForward();
      await page.waitForFunction((v) => new URL(location.href).searchParams.get('v') === v, part);
      await parts(page).first().and(page.locator('[aria-pressed=true]')).waitFor();
      assert.ok((await asked()).slice(before_).every((one) => one.image === null), 'the photo was sent again');
    }));

  // features: B7
  it('shows what matched on the photo too', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchWith(page, hasParts);
      await parts(page).first().click();
      await page.getByRole('button', { name: 'Back to the whole photo' }).waitFor();
      await awaitResults(page);
      const before_ = (await asked()).length;
      await whatMatched(page).first().click();
      await page.locator('.results article canvas').waitFor();
      const search = (await asked())[before_];
      assert.ok(search?.image && search.fields['crop'], 'not asked with the part of the photo');
      await page.locator('.stage').getByRole('img', { name: /of your photo/ }).waitFor();
    }));

  // features: A4 D5
  it('can be shared: the link shows its products without the photo', async () => {
    let link = '';
    let seen: string[] = [];
    await visit({ address }, async ({ page }) => {
      await searchWith(page, hasParts);
      const whole = place(page).get('v');
      await parts(page).first().click();
      await page.waitForFunction((v) => new URL(location.href).searchParams.get('v') !== v, whole);
      await awaitResults(page);
      link = page.url();
      seen = await cards(page).locator('.title').allTextContents();
    });
    await visit({ address }, async ({ page }) => {
      await page.goto(link);
      await awaitResults(page);
      assert.deepEqual(await cards(page).locator('.title').allTextContents(), seen);
      assert.equal(await parts(page).count(), 0);
    });
  });

  it('is found by a tap in its box, and a drag there still crops', () =>
    visit({ address, view: phone }, async ({ page, asked }) => {
      await searchWith(page, hasParts);
      const frame = await page.getByRole('application').boundingBox();
      const box = await page.locator('.box').first().boundingBox();
      assert.ok(frame && box);
      const before_ = (await asked()).length;
      await page.touchscreen.tap(box.x + box.width * 0.85, box.y + box.height * 0.35);
      await awaitSearch(page, before_);
      await page.locator('[aria-pressed=true]').waitFor();
      assert.equal((await asked()).at(-1)?.image, null);
    }));
});

describe('a colour of the photo', () => {
  // features: B6
  it('filters the results, stands in the address, and is taken back by a second press', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchWith(page, hasColours);
      const before_ = (await asked()).length;
      const swatch = swatches(page).first();
      const name = String(await swatch.getAttribute('data-colour'));
      await swatch.click();
      await awaitSearch(page, before_);
      await page.waitForFunction((colour) => new URL(location.href).searchParams.get('colour') === colour, name);
      assert.equal((await asked()).at(-1)?.fields['filter'], `colour = "${name}"`);
      assert.equal((await asked()).at(-1)?.image, null);
      assert.equal(await swatch.getAttribute('aria-pressed'), 'true');
      await page.reload();
      await page.locator(`button[data-colour=${name}][aria-pressed=true]`).waitFor();
      await swatches(page).first().click();
      await page.waitForFunction(() => !new URL(location.href).searchParams.has('colour'));
      await awaitResults(page);
    }));

  it('that nothing alike has says so, with a way back', () =>
    visit({ address, view: phone }, async ({ page }) => {
      await searchWith(page, hasColours);
      await page.route('**/api/v1/search', (route) => {
        if (!String(route.request().postData()).includes('"filter"')) return route.continue();
        return altered(route, (answer) => Object.assign(answer, { results: [], total: 0, refused: true, nearest_available: 0 }));
      });
      await swatches(page).first().click();
      await page.getByText('Nothing alike in this colour').waitFor();
      await assertAccessible(page);
      await page.getByRole('button', { name: 'In any colour' }).click();
      await awaitResults(page);
    }));
});

describe('a result', () => {
  it('tells two reasons at most, and none that the storefront does not know', () =>
    visit({ address }, async ({ page }) => {
      await page.route('**/api/v1/search', (route) =>
        altered(route, (answer) => {
          for (const hit of answer.results) hit.reasons = ['same_planet', 'same_category', 'same_colour', 'nearly_identical'];
        }),
      );
      await searchWith(page, () => Promise.resolve(true));
      assert.deepEqual(await cards(page).first().getByRole('list', { name: 'Why it is here' }).getByRole('listitem').allTextContents(), ['Nearly identical', 'Same colour']);
    }));

  // features: B7
  it('shows on request what matched, on both pictures and in words', () =>
    visit({ address }, async ({ page, asked }) => {
      await searchWith(page, hasParts);
      assert.ok((await asked()).every((one) => one.fields['explain'] === undefined), 'explained without being asked');
      const before_ = (await asked()).length;
      const card = cards(page).nth(1);
      await card.getByRole('button', { name: 'What matched?' }).press('Enter');
      await card.getByText(/^Most alike: .+ of your photo, .+ of this picture\.$/).waitFor();
      const search = (await asked())[before_];
      assert.ok(search?.image, 'only the photo has a place for each part');
      assert.deepEqual([search.fields['explain'], search.fields['limit'], search.fields['offset']], ['true', '1', '1']);
      await card.getByRole('img', { name: /of this picture/ }).waitFor();
      await page.locator('.stage').getByRole('img', { name: /of your photo/ }).waitFor();
      const inked = await card.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        return new Set(pixels.filter((_, i) => i % 4 === 3)).size;
      });
      assert.ok(inked > 1, 'the map is the same everywhere');
      await assertAccessible(page);
      await card.getByRole('button', { name: 'What matched?' }).press('Enter');
      await page.waitForFunction(() => document.querySelectorAll('canvas').length === 0 || document.querySelector('.results article canvas') === null);
    }));

  it('that cannot be explained says so', () =>
    visit({ address, expected: /500/ }, async ({ page }) => {
      await searchWith(page, hasParts);
      await page.route('**/api/v1/search', (route) =>
        route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ code: 'internal', detail: 'x', request_id: 'x' }) }),
      );
      await whatMatched(page).first().click();
      await cards(page).first().getByText('The shop cannot show what matched here.').waitFor();
      assert.ok((await cards(page).count()) > 0);
    }));

  // features: C8
  it('unfolds the listings that it stands for', () =>
    visit({ address }, async ({ page }) => {
      const others = ((await (await fetch(`${address}/api/v1/products?limit=3`)).json()) as { products: { id: string; title: string }[] }).products;
      await page.route('**/api/v1/search', (route) =>
        altered(route, (answer) => {
          for (const hit of answer.results) hit.duplicates = others.map((other) => other.id);
        }),
      );
      await searchWith(page, () => Promise.resolve(true));
      const card = cards(page).first();
      const button = card.getByRole('button', { name: '+3 similar listings' });
      assert.equal(await button.getAttribute('aria-expanded'), 'false');
      await button.press('Enter');
      for (const other of others) await card.getByRole('link', { name: other.title, exact: true }).first().waitFor();
      await assertAccessible(page);
      await button.press('Enter');
      assert.equal(await card.locator('.listings').count(), 0);
    }));
});

for (const view of [desktop, phone]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    // features: F4
    it(`all of it is accessible, fits and keeps its place: ${view.name}, ${colorScheme}`, () =>
      visit({ address, view, options: { colorScheme } }, async ({ page }) => {
        await searchWith(page, hasParts);
        const before_ = await photoPlace(page);
        await assertAccessible(page);
        await assertFits(page);
        await whatMatched(page).first().click();
        await page.locator('.results article canvas').waitFor();
        assert.equal(await photoPlace(page), before_, 'the photo moved');
        await page.waitForLoadState('networkidle');
        await assertAccessible(page);
        await assertFits(page);
        await page.screenshot({ path: path.join(screenshots, `matched-${view.name}-${colorScheme}.png`), fullPage: view === phone });
        await whatMatched(page).first().click();
        await parts(page).first().click();
        await page.getByRole('button', { name: 'Back to the whole photo' }).waitFor();
        await awaitResults(page);
        await assertAccessible(page);
        await assertFits(page);
        await page.screenshot({ path: path.join(screenshots, `part-${view.name}-${colorScheme}.png`) });
      }));
  }
}
