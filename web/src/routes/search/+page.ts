import { searchTexts } from '#lib/i18n/search/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await searchTexts.start();
}
