// What every page owes everybody: accessible, within its window at any zoom, calm when asked to be, with pictures that keep their place.
// Leaves screenshots and a contact sheet of them in build/screenshots.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startAdminShop, type AdminShop } from './admin_shop.ts';
import { assertAccessible, assertFits, desktop, phone, visit, type View } from './browser.ts';
import { writeContactSheet } from './contact_sheet.ts';
import { pages, type StorefrontPage } from './pages.ts';
import { samplePhoto } from './photos.ts';
import { root } from './service.ts';

const screenshots = path.resolve(root, process.env['NOZAMA_SCREENSHOTS'] ?? 'build/screenshots');
const kScreenshotHeightMax = 2400;
const kShiftMax = 0.1;
const kHeaderHeightMax = 72;

let service: AdminShop;
let address: string;

before(async () => {
  await mkdir(screenshots, { recursive: true });
  service = await startAdminShop();
  address = service.address;
});

after(async () => {
  await service?.close();
  await writeContactSheet(
    screenshots,
    pages.map((one) => one.name),
  );
});

const allExpected = new RegExp(pages.flatMap((one) => (one.expected ? [one.expected.source] : [])).join('|'));

// Each page in turn, in one browser; a failure names its page.
async function walkPages(view: View, colorScheme: 'light' | 'dark', check: (page: Page, one: StorefrontPage) => Promise<void>): Promise<void> {
  await visit({ address, view, options: { colorScheme }, expected: allExpected }, async ({ page }) => {
    for (const one of pages) {
      try {
        await one.open(page, address);
        await page.mouse.move(0, 0); // hovers over nothing
        await page.waitForLoadState('networkidle');
        await check(page, one);
      } catch (error) {
        throw new Error(`${one.name} (${view.name}, ${colorScheme}): ${String(error)}`, { cause: error });
      }
    }
  });
}

async function assertPicturesKeepTheirPlace(page: Page): Promise<void> {
  const faults = await page.evaluate(() =>
    [...document.querySelectorAll('img')].flatMap((image) => {
      const name = image.currentSrc || image.src;
      if (name.startsWith('blob:')) return [];
      const box = image.getBoundingClientRect();
      const seen = box.bottom > 0 && box.top < window.innerHeight && box.width > 0;
      const found = [];
      if (!image.hasAttribute('width') || !image.hasAttribute('height')) found.push(`${name} has no size of its own`);
      if (seen && image.complete && image.naturalWidth === 0) found.push(`${name} did not load`);
      return found;
    }),
  );
  assert.deepEqual(faults, []);
}

// 0.1 in all is what web.dev calls good.
async function assertStays(page: Page): Promise<void> {
  const shift = await page.evaluate(() => window.nozamaShift);
  assert.ok(shift <= kShiftMax, `things on the page have moved by ${shift}`);
}

async function assertHeaderIsOneLine(page: Page): Promise<void> {
  const height = await page.locator('body header').first().evaluate((header) => header.getBoundingClientRect().height);
  assert.ok(height <= kHeaderHeightMax, `the header is ${height} px high`);
}

async function assertCalm(page: Page): Promise<void> {
  const moving = await page.evaluate(() => document.getAnimations().map((one) => String((one as { animationName?: string }).animationName ?? one.id)));
  assert.deepEqual(moving, [], 'moves although the visitor asked for less');
}

async function takeScreenshot(page: Page, file: string): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 1280, height: 900 };
  const whole = await page.evaluate(async () => {
    for (const image of document.images) image.loading = 'eager';
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
    return document.documentElement.scrollHeight;
  });
  await page.screenshot({ path: path.join(screenshots, file), fullPage: true, clip: { x: 0, y: 0, width, height: Math.max(height, Math.min(whole, kScreenshotHeightMax)) } });
}

describe('every page', () => {
  for (const view of [desktop, phone]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      // features: F4
      it(`is accessible, fits, keeps its pictures' places and is calm: ${view.name}, ${colorScheme}`, () =>
        walkPages(view, colorScheme, async (page, one) => {
          await assertAccessible(page);
          await assertFits(page);
          await assertPicturesKeepTheirPlace(page);
          await assertCalm(page);
          await assertStays(page);
          await assertHeaderIsOneLine(page);
          await takeScreenshot(page, `${one.name}-${view.name}-${colorScheme}.png`);
        }));
    }
  }

  const zoomed = (width: number, height: number, scale: number): View => ({
    name: `${scale * 100} % of ${width * scale} × ${height * scale}`,
    options: { viewport: { width, height }, deviceScaleFactor: scale },
  });
  // As a browser does it: a window of fewer and larger pixels. 400 % is what WCAG 1.4.10 asks for.
  for (const view of [zoomed(640, 450, 2), zoomed(320, 256, 4)]) {
    // features: F4
    it(`can be read without scrolling sideways at ${view.name}`, () => walkPages(view, 'light', (page) => assertFits(page)));
  }

  // features: F4
  it('can be read with letters of twice the size', () =>
    walkPages(desktop, 'light', async (page) => {
      await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
      await assertFits(page);
    }));
});

describe('what the server says of a page', () => {
  // features: F1
  it('goes when the visitor goes on to another page', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/');
      await page.locator('.kind').first().waitFor();
      assert.equal(await page.locator('link[rel=canonical]').getAttribute('href'), `${address}/`);
      await page.locator('.kind').first().click();
      await page.waitForURL('**/category/**');
      await page.locator('main article').first().waitFor();
      await page.waitForFunction(() => document.querySelectorAll('head [data-page]').length === 0);
      assert.equal(await page.locator('head [data-page]').count(), 0);
      assert.notEqual(await page.title(), '');
    }));

  // features: F1
  it('is in the language of the address, and so is the app', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/?lang=de');
      await page.getByRole('button', { name: 'Foto' }).or(page.getByText('Foto auswählen')).first().waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), 'de');
      assert.equal(await page.locator('link[rel=canonical]').getAttribute('href'), `${address}/?lang=de`);
      assert.equal(await page.locator('link[hreflang=fr]').getAttribute('href'), `${address}/?lang=fr`);
    }));

  // features: F1
  it('can be read without JavaScript', () =>
    visit({ address, options: { javaScriptEnabled: false } }, async ({ page }) => {
      await page.goto('/');
      await page.locator('noscript a[href^="/category/"]').first().click();
      await page.locator('noscript a[href^="/product/"]').first().click();
      assert.match(await page.locator('noscript h1').innerText(), /\S/);
      assert.match(await page.locator('noscript strong').innerText(), /\d/);
      assert.ok(await page.locator('noscript img').evaluate((image: HTMLImageElement) => image.width > 0));
    }));
});

describe('the way from a photo to its results', () => {
  it('is in the browser\'s own timeline, once a photo, beside the server\'s share of it', () =>
    visit({ address }, async ({ page }) => {
      await page.goto('/');
      await page.locator('main input[type=file]').first().setInputFiles(await samplePhoto(address));
      await page.waitForFunction(() => performance.getEntriesByName('nozama:photo-to-results').length > 0);
      const measured = await page.evaluate(() => {
        const [measure] = performance.getEntriesByName('nozama:photo-to-results') as PerformanceMeasure[];
        const steps = ['photo-chosen', 'photo-ready', 'answer'].map((step) => performance.getEntriesByName(`nozama:${step}`).length);
        return { duration: measure?.duration ?? 0, server: (measure?.detail as { timings_ms: { total: number } }).timings_ms.total, steps, cards: document.querySelectorAll('.results article').length };
      });
      assert.deepEqual(measured.steps, [1, 1, 1]);
      assert.ok(measured.cards > 0 && measured.server > 0 && measured.duration > measured.server);
      await page.getByRole('application').focus();
      await page.keyboard.press('Shift+ArrowUp'); // a new crop of the same photo
      await page.waitForFunction(() => window.nozamaAsked.length === 2);
      await page.locator('.cards:not([aria-busy=true])').waitFor();
      assert.equal(await page.evaluate(() => performance.getEntriesByName('nozama:answer').length), 1);
    }));
});
