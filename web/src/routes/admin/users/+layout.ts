import { adminAccessTexts } from '#lib/i18n/admin_access/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await adminAccessTexts.start();
}
