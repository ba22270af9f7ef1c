import { adminSettingsTexts } from '#lib/i18n/admin_settings/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await adminSettingsTexts.start();
}
