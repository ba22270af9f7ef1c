import { aboutTexts } from '#lib/i18n/about/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await aboutTexts.start();
}
