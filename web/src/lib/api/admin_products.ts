// The catalogue, for the shop's people.
import { get, send, type Category } from './client';
import type { components, operations } from './schema';

type Schemas = components['schemas'];
type TableParameters = NonNullable<operations['listProductRows']['parameters']['query']>;
export type ProductRow = Schemas['ProductRow'];
export type EditableProduct = Schemas['EditableProduct'];
export type EditablePicture = EditableProduct['pictures'][number];
export type ProductPatch = Schemas['ProductInput'] | Record<string, unknown>; // null takes a member away
export type RowSort = NonNullable<TableParameters['sort']>;
export type RowOrder = NonNullable<TableParameters['order']>;
export interface RowPage {
  products: ProductRow[];
  total: number;
  next: string | null;
}

export interface RowQuery {
  text?: string | undefined;
  category?: string | undefined;
  stock?: 'none' | undefined;
  sort: RowSort;
  order: RowOrder;
  after?: string | undefined;
  limit: number;
  lang: string;
}

const productPath = (id: string): string => `/api/v1/products/${encodeURIComponent(id)}`;

export const listRows = (query: RowQuery): Promise<RowPage> => get('/api/v1/admin/products', { ...query });
export const getEditable = (id: string, lang: string): Promise<EditableProduct> => get(`/api/v1/admin/products/${encodeURIComponent(id)}`, { lang });

// With a version: only if the product is still that one.
export const patchProduct = (id: string, patch: ProductPatch, version?: string): Promise<void> =>
  send('PATCH', productPath(id), patch, version === undefined ? {} : { 'If-Match': `"${version}"` });
export const createProduct = (id: string, product: ProductPatch): Promise<void> => send('PUT', productPath(id), product, { 'If-None-Match': '*' });
export const deleteProduct = (id: string): Promise<void> => send('DELETE', productPath(id));

export function addPicture(id: string, file: Blob): Promise<void> {
  const form = new FormData();
  form.set('image', file, 'picture');
  return send('POST', `${productPath(id)}/pictures`, form);
}
export const removePicture = (id: string, hash: string): Promise<void> => send('DELETE', `${productPath(id)}/pictures/${encodeURIComponent(hash)}`);

export interface CategoryPath {
  slug: string;
  path: string; // "Home > Lamps", in the feed's own names, as products are put into it
}

// No category has names in this language, so that all come as the feeds wrote them.
const kFeedNames = 'und';

export async function getCategoryPaths(): Promise<CategoryPath[]> {
  const { categories } = await get<{ categories: Category[] }>('/api/v1/categories', { lang: kFeedNames });
  const paths = new Map<string, string>();
  for (const { slug, name, parent } of categories) paths.set(slug, parent === null ? name : `${paths.get(parent) ?? ''} > ${name}`);
  return [...paths].map(([slug, path]) => ({ slug, path })).sort((a, b) => a.path.localeCompare(b.path));
}
