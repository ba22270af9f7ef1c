import { adminImportTexts } from '#lib/i18n/admin_imports/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await adminImportTexts.start();
}
