// Debian's Chromium, driven by playwright-core; both packages live in web/node_modules.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { AxeResults } from 'axe-core';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { root } from './service.ts';

const require = createRequire(path.join(root, 'web/package.json'));
const { chromium } = require('playwright-core') as typeof import('playwright-core');
const axe = require('axe-core') as typeof import('axe-core');

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface View {
  name: string;
  options: BrowserContextOptions;
}

export const desktop: View = { name: 'desktop', options: { viewport: { width: 1280, height: 900 } } };
export const phone: View = { name: 'phone', options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } };

// What the page asked the search for, read from its own fetch(): the browser hides the bodies of uploads.
export interface Asked {
  image: { size: number; type: string } | null;
  fields: Record<string, string | number>;
  cancelled: boolean; // by the page, before the answer came
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  asked: () => Promise<Asked[]>;
}

export interface VisitOptions {
  address: string;
  view?: View;
  options?: BrowserContextOptions;
  expected?: RegExp; // console errors that this test provokes
}

declare global {
  interface Window {
    nozamaAsked: Asked[];
    nozamaShift: number; // how far things have moved by themselves: the sum of the layout shifts (web.dev/cls)
  }
}

function recordShifts(): void {
  window.nozamaShift = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
      if (!shift.hadRecentInput) window.nozamaShift += shift.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

function recordSearches(): void {
  window.nozamaAsked = [];
  const original = window.fetch;
  window.fetch = (input, init) => {
    if (String(input).endsWith('/api/v1/search')) {
      const asked: Asked = { image: null, fields: {}, cancelled: false };
      if (init?.body instanceof FormData) {
        for (const [name, value] of init.body) {
          if (value instanceof File) asked.image = { size: value.size, type: value.type };
          else asked.fields[name] = value;
        }
      } else {
        asked.fields = JSON.parse(String(init?.body)) as Asked['fields'];
      }
      window.nozamaAsked.push(asked);
      const answer = original(input, init);
      answer.catch((error: unknown) => (asked.cancelled = error instanceof DOMException && error.name === 'AbortError'));
      return answer;
    }
    return original(input, init);
  };
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

export interface Browser {
  context: BrowserContext;
  close: () => Promise<void>;
}

// With a fresh profile.
export async function launch(options: BrowserContextOptions): Promise<Browser> {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'nozama-storefront-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: flags, ...options });
  const close = async (): Promise<void> => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, close };
}

// A fresh profile for each visit. Fails when the page logged an error, threw or violated the policy.
export async function visit(options: VisitOptions, walk: (visit: Visit) => Promise<void>): Promise<void> {
  const { context, close } = await launch({
    baseURL: options.address,
    locale: 'en-US',
    reducedMotion: 'reduce',
    ...(options.view ?? desktop).options,
    ...options.options,
  });
  const problems: string[] = [];
  try {
    await context.addInitScript(recordShifts);
    await context.addInitScript(recordSearches);
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(`thrown: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await walk({ page, context, asked: () => page.evaluate(() => window.nozamaAsked) });
  } finally {
    await close();
  }
  assert.deepEqual(
    problems.filter((problem) => !options.expected?.test(problem)),
    [],
    'the page reported problems',
  );
}

// WCAG 2.2 AA and axe's own best practices; names each offending element.
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const runner = (window as unknown as { axe: { run: (node: Document) => Promise<AxeResults> } }).axe;
    return runner.run(document);
  });
  const found = results.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} – ${node.failureSummary ?? ''}`));
  assert.deepEqual(found, [], `axe on ${page.url()}`);
}

export async function assertFits(page: Page): Promise<void> {
  const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth] as const);
  assert.ok(content <= window_, `${page.url()} is ${content} px wide in a window of ${window_}`);
}
