import { describe, expect, it } from 'vitest';
import { browsePath, kPagesMax, productPath, readBrowseQuery, readResultQuery, resultPath } from './query';

const paramsOf = (path: string): URLSearchParams => new URL(path, 'http://shop.example').searchParams;

describe('the address of a result page', () => {
  // features: D5
  it('carries the vector, the category and the colour, and gives them back', () => {
    const query = { vector: 'AbC-_09.x~=', productId: undefined, category: 'sofas & chairs', colour: 'red' };
    expect(readResultQuery(paramsOf(resultPath(query)))).toEqual(query);
  });

  it('carries a product for "more like this", whatever its id', () => {
    const path = resultPath({ productId: 'a/b?c=d&e#f', vector: 'ignored' });
    expect(readResultQuery(paramsOf(path))).toEqual({ vector: undefined, productId: 'a/b?c=d&e#f', category: undefined, colour: undefined });
  });

  it('is plain without a query', () => expect(resultPath({})).toBe('/search'));

  it('does not pass on what cannot be a colour', () => {
    for (const bad of ['red" or price < 1', 'Red', '-', 'ä']) expect(readResultQuery(new URLSearchParams({ colour: bad })).colour).toBeUndefined();
  });

  it('does not pass on what cannot be a vector', () => {
    for (const bad of ['<script>', 'a b', 'ä', 'x'.repeat(9000)]) {
      expect(readResultQuery(new URLSearchParams({ v: bad })).vector).toBeUndefined();
    }
  });
});

describe('the address of a category', () => {
  it('survives the round trip', () => {
    const path = browsePath('kids-room', { sort: 'price_desc', pages: 3 });
    expect(path).toBe('/category/kids-room?sort=price_desc&pages=3');
    expect(readBrowseQuery(paramsOf(path))).toEqual({ sort: 'price_desc', pages: 3 });
  });

  it('falls back to sense', () => {
    expect(readBrowseQuery(new URLSearchParams({ sort: 'drop table', pages: '-4' }))).toEqual({ sort: 'default', pages: 1 });
    expect(readBrowseQuery(new URLSearchParams({ pages: '1e9' })).pages).toBe(kPagesMax);
    expect(readBrowseQuery(new URLSearchParams({ pages: '1.5' })).pages).toBe(1);
  });
});

it('escapes product ids in paths', () => expect(productPath('a/b c')).toBe('/product/a%2Fb%20c'));
