import { adminCurationTexts } from '#lib/i18n/admin_curation/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await adminCurationTexts.start();
}
