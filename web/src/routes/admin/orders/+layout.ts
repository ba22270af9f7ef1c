import { adminOrderTexts } from '#lib/i18n/admin_orders/index.ts';
import { orderTexts } from '#lib/i18n/orders/index.ts';

export async function load({ parent }: { parent: () => Promise<unknown> }): Promise<void> {
  await parent(); // the language is chosen there
  await Promise.all([orderTexts.start(), adminOrderTexts.start()]);
}
