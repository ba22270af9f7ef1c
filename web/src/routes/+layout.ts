import { i18n } from '#lib/i18n/index.svelte.ts';

// One static shell; everything is drawn in the browser.
export const ssr = false;
export const prerender = false;

export async function load(): Promise<void> {
  await i18n.start();
}
