import { describe, expect, it } from 'vitest';
import type { ProductRow } from './api/admin_products';
import { moved, patchOf, readCategory, readPrice, readStock } from './product_edits';

const row = (title_lang: string): ProductRow => ({
  id: 'a', title: 'A', title_lang, brand: null, category: null, price: 1, currency: 'EUR', stock: null, variants_have_stock: false, image_url: null,
  updated: '2026-01-31T12:00:00.000Z', version: 'v',
});

describe('what is typed into a cell', () => {
  it('is a price in major units, with a point or a comma', () => {
    expect(['12', '12.50', ' 12,5 ', '0'].map(readPrice)).toEqual(['12', '12.50', '12.5', '0']);
    expect(['', '-1', '1.', '.5', '1,000.00', '12 €', '1e3'].map(readPrice)).toEqual(Array(7).fill(undefined));
  });

  it('is a whole number of pieces', () => {
    expect(['0', ' 7 '].map(readStock)).toEqual([0, 7]);
    expect(['', '-1', '1.5', 'x', '9'.repeat(16)].map(readStock)).toEqual(Array(5).fill(undefined));
  });

  it('is a path of categories', () => {
    expect(readCategory(' Home >Lamps > ')).toEqual(['Home', 'Lamps']);
    expect(readCategory(' > ')).toBe(null);
  });

  it('changes the title in the language that it is of', () => {
    expect(patchOf(row(''), 'title', ' B ')).toEqual({ title: 'B' });
    expect(patchOf(row('de'), 'title', 'B')).toEqual({ texts: { de: { title: 'B' } } });
    expect(patchOf(row('de'), 'title', ' ')).toBe('needsTitle');
  });

  it('takes a field away when it is empty, and is refused when it cannot be read', () => {
    expect((['brand', 'category', 'price', 'stock'] as const).map((field) => patchOf(row(''), field, ''))).toEqual([{ brand: null }, { category: null }, { price: null }, { stock: null }]);
    expect([patchOf(row(''), 'price', 'cheap'), patchOf(row(''), 'stock', 'many')]).toEqual(['badPrice', 'badStock']);
  });
});

describe('pictures', () => {
  it('change places with a neighbour, if there is one', () => {
    expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a'], 0, 1)).toEqual(['a']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
  });
});
