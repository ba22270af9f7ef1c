// The admin's pages, in the order of their navigation: a new page is a line here.
import type { Session } from '#lib/api/account.ts';
import type { AdminMessages } from '#lib/i18n/admin/en.ts';

export interface Section {
  href: string;
  label: keyof AdminMessages;
  adminsOnly?: true; // else editors too
}

const kSections: readonly Section[] = [
  { href: '/admin', label: 'dashboard' },
  { href: '/admin/products', label: 'products' },
  { href: '/admin/orders', label: 'orders' },
  { href: '/admin/imports', label: 'imports' },
  { href: '/admin/curation', label: 'curation' },
  { href: '/admin/queries', label: 'queries' },
  { href: '/admin/settings', label: 'settings' },
  { href: '/admin/users', label: 'usersAndKeys', adminsOnly: true },
];

export const sectionsFor = (role: Session['role']): readonly Section[] => kSections.filter((section) => role === 'admin' || section.adminsOnly !== true);

// "/admin" is where every other page begins.
export const isWithin = (path: string, section: Section): boolean =>
  path === section.href || (section.href !== '/admin' && path.startsWith(`${section.href}/`));
