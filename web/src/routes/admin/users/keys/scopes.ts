import type { Scope } from '#lib/api/admin_access.ts';
import type { AdminAccessMessages } from '#lib/i18n/admin_access/en.ts';

// What a key may do, from the least to the most.
export const kScopes: readonly Scope[] = ['search', 'catalogue', 'orders', 'analytics', 'admin'];

export const scopeNames = (t: AdminAccessMessages): Record<Scope, string> => ({
  search: t.scopeSearch,
  catalogue: t.scopeCatalogue,
  orders: t.scopeOrders,
  analytics: t.scopeAnalytics,
  admin: t.scopeAdmin,
});
