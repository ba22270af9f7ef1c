// What a list of products is narrowed to: as its address, as the server's filter. No DOM.
import type { Sort } from './api/client';
import { isColourName } from './looks';

export interface BrowseQuery {
  text: string; // words; '' = none
  category: string | undefined; // slug
  brands: readonly string[];
  colours: readonly string[];
  rating: number | undefined; // stars, or more
  inStock: boolean;
  from: number | undefined; // price ≥
  below: number | undefined; // price <
  sort: Sort;
  pages: number; // how many are shown: going back finds the same products
}

export const kEmptyBrowse: BrowseQuery = {
  text: '', category: undefined, brands: [], colours: [], rating: undefined, inStock: false, from: undefined, below: undefined, sort: 'default', pages: 1,
};

const kSorts: readonly Sort[] = ['default', 'price_asc', 'price_desc', 'rating'];
const kTextMax = 100; // characters: 300 bytes at most
const kChosenMax = 20; // of a kind
const kBrandMax = 60;
export const kPagesMax = 20;

type Params = Pick<URLSearchParams, 'get' | 'getAll'>;

// "12.50" and nothing that the filter language would read otherwise.
function readPrice(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}(\.\d{1,2})?$/.test(text) ? Number(text) : undefined;
}

export function readBrowseQuery(params: Params): BrowseQuery {
  const pages = Number(params.get('pages') ?? 1);
  const rating = Number(params.get('rating') ?? 0);
  const chosen = (name: string, fits: (value: string) => boolean): string[] => [...new Set(params.getAll(name))].filter(fits).slice(0, kChosenMax);
  return {
    text: (params.get('q') ?? '').trim().slice(0, kTextMax).trim(),
    category: params.get('category') || undefined,
    brands: chosen('brand', (brand) => brand !== '' && brand.length <= kBrandMax),
    colours: chosen('colour', isColourName),
    rating: Number.isInteger(rating) && rating >= 1 && rating <= 5 ? rating : undefined,
    inStock: params.get('stock') === '1',
    from: readPrice(params.get('from')),
    below: readPrice(params.get('below')),
    sort: kSorts.find((known) => known === params.get('sort')) ?? 'default',
    pages: Number.isInteger(pages) && pages >= 1 ? Math.min(pages, kPagesMax) : 1,
  };
}

// `slug`: of the page of one category; without it the page of all products.
export function browsePath(query: Partial<BrowseQuery>, slug?: string): string {
  const params = new URLSearchParams();
  if (query.text) params.set('q', query.text);
  if (query.category !== undefined && slug === undefined) params.set('category', query.category);
  for (const brand of query.brands ?? []) params.append('brand', brand);
  for (const colour of query.colours ?? []) params.append('colour', colour);
  if (query.rating !== undefined) params.set('rating', String(query.rating));
  if (query.inStock) params.set('stock', '1');
  if (query.from !== undefined) params.set('from', String(query.from));
  if (query.below !== undefined) params.set('below', String(query.below));
  if (query.sort !== undefined && query.sort !== 'default') params.set('sort', query.sort);
  if (query.pages !== undefined && query.pages > 1) params.set('pages', String(query.pages));
  const text = params.toString();
  const path = slug === undefined ? '/products' : `/category/${encodeURIComponent(slug)}`;
  return text === '' ? path : `${path}?${text}`;
}

export type FacetName = 'category' | 'price' | 'brand' | 'colour' | 'rating' | 'in_stock';

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
const listed = (texts: readonly string[]): string => texts.map(quoted).join(', ');

// The conditions of each facet in the filter language (docs/filters.md); those of `without` are left out. The category is a field of its own.
export function browseFilter(query: BrowseQuery, without?: FacetName): string | undefined {
  const conditions: [FacetName, string][] = [];
  if (query.from !== undefined) conditions.push(['price', `price >= ${query.from}`]);
  if (query.below !== undefined) conditions.push(['price', `price < ${query.below}`]);
  if (query.brands.length > 0) conditions.push(['brand', `brand in (${listed(query.brands)})`]);
  if (query.colours.length > 0) conditions.push(['colour', `colour in (${listed(query.colours)})`]);
  if (query.rating !== undefined) conditions.push(['rating', `rating >= ${query.rating}`]);
  if (query.inStock) conditions.push(['in_stock', 'in_stock']);
  return conditions.filter(([name]) => name !== without).map(([, condition]) => condition).join(' and ') || undefined;
}

// The facets that narrow the list now. What such a facet offers is counted without it: choosing one brand leaves the others to choose.
export function activeFacets(query: BrowseQuery): FacetName[] {
  const active: [FacetName, boolean][] = [
    ['category', query.category !== undefined],
    ['price', query.from !== undefined || query.below !== undefined],
    ['brand', query.brands.length > 0],
    ['colour', query.colours.length > 0],
    ['rating', query.rating !== undefined],
    ['in_stock', query.inStock],
  ];
  return active.filter(([, is]) => is).map(([name]) => name);
}

export const withoutFacets = ({ text, sort }: BrowseQuery): BrowseQuery => ({ ...kEmptyBrowse, text, sort });

export interface Bucket {
  from: number;
  below: number;
  count: number;
}

// The bounds between which the slider's handles stand.
export const boundsOf = (buckets: readonly Bucket[]): number[] => (buckets.length === 0 ? [] : [...buckets.map((bucket) => bucket.from), buckets.at(-1)?.below ?? 0]);

// The handle's place for a price: the nearest bound.
export function placeOf(bounds: readonly number[], price: number): number {
  let best = 0;
  bounds.forEach((bound, i) => {
    if (Math.abs(bound - price) < Math.abs((bounds[best] ?? 0) - price)) best = i;
  });
  return best;
}

// Of counts between bounds, how many have so many stars or more; undefined where no bound lies there.
export function countFrom(buckets: readonly Bucket[], stars: number): number | undefined {
  const above = buckets.filter((bucket) => bucket.from >= stars);
  const cut = buckets.some((bucket) => bucket.from < stars && bucket.below > stars);
  return cut ? undefined : above.reduce((sum, bucket) => sum + bucket.count, 0);
}
