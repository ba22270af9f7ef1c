import { describe, expect, it } from 'vitest';
import { kLikesMax, kTextMax, productPath, readResultQuery, resultPath } from './query';

const paramsOf = (path: string): URLSearchParams => new URL(path, 'http://shop.example').searchParams;

describe('the address of a result page', () => {
  // features: D5
  it('carries the vector, the category and the colour, and gives them back', () => {
    const query = { vector: 'AbC-_09.x~=', productId: undefined, category: 'sofas & chairs', colour: 'red', text: 'but in green & oak', likes: ['a/b', 'c d'], dislikes: ['e&f'] };
    expect(readResultQuery(paramsOf(resultPath(query)))).toEqual(query);
  });

  it('carries a product for "more like this", whatever its id', () => {
    const path = resultPath({ productId: 'a/b?c=d&e#f', vector: 'ignored' });
    expect(readResultQuery(paramsOf(path))).toEqual({ vector: undefined, productId: 'a/b?c=d&e#f', category: undefined, colour: undefined, text: undefined, likes: [], dislikes: [] });
  });

  it('is plain without a query', () => expect(resultPath({})).toBe('/search'));

  it('does not pass on what cannot be a colour', () => {
    for (const bad of ['red" or price < 1', 'Red', '-', 'ä']) expect(readResultQuery(new URLSearchParams({ colour: bad })).colour).toBeUndefined();
  });

  it('does not pass on what the server would refuse of words, likes and dislikes', () => {
    const params = new URLSearchParams({ text: ' ä'.repeat(200) });
    for (let i = 0; i < 30; ++i) params.append('like', `id-${i % 25}`);
    for (const id of ['id-1', 'other', 'other', '']) params.append('dislike', id);
    const query = readResultQuery(params);
    expect(new TextEncoder().encode(query.text).length).toBeLessThanOrEqual(kTextMax);
    expect(query.likes).toHaveLength(kLikesMax);
    expect(query.dislikes).toEqual(['other']);
    expect(readResultQuery(new URLSearchParams({ text: '   ' })).text).toBeUndefined();
  });

  it('does not pass on what cannot be a vector', () => {
    for (const bad of ['<script>', 'a b', 'ä', 'x'.repeat(9000)]) {
      expect(readResultQuery(new URLSearchParams({ v: bad })).vector).toBeUndefined();
    }
  });
});

it('escapes product ids in paths', () => expect(productPath('a/b c')).toBe('/product/a%2Fb%20c'));
