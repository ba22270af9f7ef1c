import { browseTexts } from '#lib/i18n/browse/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await browseTexts.start();
}
