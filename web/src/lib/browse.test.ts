import { describe, expect, it } from 'vitest';
import { activeFacets, boundsOf, browseFilter, browsePath, countFrom, kEmptyBrowse, kPagesMax, placeOf, readBrowseQuery, type BrowseQuery } from './browse';

const paramsOf = (path: string): URLSearchParams => new URL(path, 'http://shop.example').searchParams;
const query = (changed: Partial<BrowseQuery>): BrowseQuery => ({ ...kEmptyBrowse, ...changed });

describe('the address of a list', () => {
  it('survives the round trip', () => {
    const path = browsePath({ sort: 'price_desc', pages: 3 }, 'kids-room');
    expect(path).toBe('/category/kids-room?sort=price_desc&pages=3');
    expect(readBrowseQuery(paramsOf(path))).toEqual(query({ sort: 'price_desc', pages: 3 }));
    const all = query({
      text: 'oak & "steel"', category: 'sofas', brands: ['A & B', 'C"D'], colours: ['red', 'navy'], rating: 4, inStock: true, from: 20, below: 49.5, sort: 'rating', pages: 2,
    });
    expect(readBrowseQuery(paramsOf(browsePath(all)))).toEqual(all);
    expect(browsePath({})).toBe('/products');
    expect(browsePath(all, 'beds')).not.toContain('category=');
  });

  it('falls back to sense', () => {
    expect(readBrowseQuery(new URLSearchParams({ sort: 'drop table', pages: '-4' }))).toEqual(kEmptyBrowse);
    expect(readBrowseQuery(new URLSearchParams({ pages: '1e9' })).pages).toBe(kPagesMax);
    expect(readBrowseQuery(new URLSearchParams({ pages: '1.5' })).pages).toBe(1);
    const wrong = { rating: '9', from: '1 or 1=1', below: '-3', stock: 'yes', colour: 'red" or', brand: '', q: '  ' };
    expect(readBrowseQuery(new URLSearchParams(wrong))).toEqual(kEmptyBrowse);
    expect(readBrowseQuery(new URLSearchParams(Array.from({ length: 99 }, (_, i) => ['brand', `b${i}`]))).brands).toHaveLength(20);
  });
});

describe('the filter of a list', () => {
  // features: C2
  it('says every choice in the filter language', () => {
    const chosen = query({ brands: ['A', 'B "x" \\'], colours: ['red'], rating: 4, inStock: true, from: 20, below: 50 });
    expect(browseFilter(chosen)).toBe('price >= 20 and price < 50 and brand in ("A", "B \\"x\\" \\\\") and colour in ("red") and rating >= 4 and in_stock');
    expect(browseFilter(chosen, 'brand')).not.toContain('brand');
    expect(browseFilter(query({ text: 'x', category: 'y', brands: ['A'] }), 'brand')).toBeUndefined();
    expect(activeFacets(chosen)).toEqual(['price', 'brand', 'colour', 'rating', 'in_stock']);
  });
});

describe('counts between bounds', () => {
  const buckets = [{ from: 3, below: 3.5, count: 2 }, { from: 3.5, below: 4, count: 0 }, { from: 4, below: 4.5, count: 5 }];

  it('are the places of the handles', () => {
    expect(boundsOf(buckets)).toEqual([3, 3.5, 4, 4.5]);
    expect(boundsOf([])).toEqual([]);
    expect([0, 3.7, 4, 99].map((price) => placeOf([3, 3.5, 4, 4.5], price))).toEqual([0, 1, 2, 3]);
  });

  it('add up from a number of stars, where a bound is', () => {
    expect([2, 3, 4, 5].map((stars) => countFrom(buckets, stars))).toEqual([7, 7, 5, 0]);
    expect(countFrom([{ from: 0, below: 5, count: 9 }], 4)).toBeUndefined();
  });
});
