import { adminTexts } from '#lib/i18n/admin/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await adminTexts.start();
}
