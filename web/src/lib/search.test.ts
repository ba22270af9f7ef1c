// The shopper's search against an API that only notes what it is asked.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Hit, SearchAnswer } from './api/client';
import { Explanation } from './explanation.svelte';
import { kLikesMax, readResultQuery, resultPath, type ResultQuery } from './query';
import { SearchSession } from './search.svelte';

vi.mock('./photo', () => ({
  preparePhoto: (blob: Blob) => Promise.resolve({ blob, url: 'blob:x', width: 100, height: 100 }),
  releasePhoto: () => undefined,
}));

const hit = (id: string): Hit => ({ product: { id }, score: 0.9, reasons: [], duplicates: [] }) as unknown as Hit;

function answerTo(vector: string, withPhoto: boolean, results: Hit[] = [hit('a'), hit('b')]): SearchAnswer {
  const regions = [{ box: { x: 0, y: 0, w: 0.5, h: 0.5 }, score: 0.5, vector: 'PART' }];
  return {
    query: {
      id: 'a-search',
      vector,
      category: null,
      categories: [],
      attributes: [],
      timings_ms: { decode: 0, encode: 0, search: 0, rank: 0, total: 1 },
      min_score: 0.5,
      colours: withPhoto ? [{ name: 'red', hex: '#ff0000', share: 1 }] : [],
      regions: withPhoto ? regions : [],
      wishes: { colours: [], categories: [], brands: [], words: [] },
    },
    results,
    total: results.length,
    refused: false,
    nearest_available: results.length,
  };
}

let asked: Record<string, unknown>[];
let results: ((fields: Record<string, unknown>) => Hit[]) | undefined;

beforeEach(() => {
  asked = [];
  results = undefined;
  vi.stubGlobal('fetch', (_path: string, init: RequestInit) => {
    const isForm = init.body instanceof FormData;
    const fields: Record<string, unknown> = isForm ? Object.fromEntries(init.body as FormData) : (JSON.parse(String(init.body)) as Record<string, unknown>);
    asked.push(fields);
    return Promise.resolve(new Response(JSON.stringify(answerTo(isForm ? 'WHOLE' : 'ROUNDED', isForm, results?.(fields)))));
  });
});

const nothing: ResultQuery = { vector: undefined, productId: undefined, category: undefined, colour: undefined, text: undefined, likes: [], dislikes: [] };

async function searched(): Promise<SearchSession> {
  const session = new SearchSession();
  await session.openPhoto(new Blob(['photo']));
  return session;
}

// features: A4
describe('a part of the photo', () => {
  it('is searched by its vector and left again without sending the photo', async () => {
    const session = await searched();
    await session.setRegion(0);
    expect(session.vector).toBe('PART');
    expect(session.regions).toHaveLength(1);
    await session.setRegion(undefined);
    expect(session.vector).toBe('WHOLE');
    expect(asked.map((fields) => [fields['vector'], 'image' in fields])).toEqual([
      [undefined, true],
      ['PART', false],
      ['WHOLE', false],
    ]);
  });

  it('is left by an address that was the whole photo, and found again by its own; the photo stays', async () => {
    const session = await searched();
    await session.setColour('red');
    await session.setRegion(0);
    await session.openLink({ ...nothing, vector: 'WHOLE', colour: 'red' });
    expect([session.region, session.colour, session.vector, session.photo === undefined]).toEqual([undefined, 'red', 'WHOLE', false]);
    await session.openLink({ ...nothing, vector: 'PART' });
    expect([session.region, session.colour, session.vector]).toEqual([0, undefined, 'PART']);
    expect(asked.slice(-2).map((fields) => [fields['vector'], 'image' in fields])).toEqual([
      ['WHOLE', false],
      ['PART', false],
    ]);
    await session.openLink({ ...nothing, vector: 'OTHER' });
    expect(session.photo).toBeUndefined();
  });

  it('that does not exist changes nothing', async () => {
    const session = await searched();
    await session.setRegion(7);
    expect(asked).toHaveLength(1);
  });

  it('is asked for again after a failure, not the whole photo', async () => {
    const session = await searched();
    const answer = globalThis.fetch;
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    await session.setRegion(0);
    expect(session.failure?.code).toBe('offline');
    vi.stubGlobal('fetch', answer);
    await session.retry();
    expect(asked.at(-1)?.['vector']).toBe('PART');
  });
});

// features: B6
describe('a colour', () => {
  it('filters what is found, and is taken back', async () => {
    const session = await searched();
    await session.setColour('red');
    expect(asked.at(-1)).toMatchObject({ vector: 'WHOLE', filter: 'colour = "red"' });
    await session.setColour(undefined);
    expect(asked.at(-1)).not.toHaveProperty('filter');
  });
});

describe('what matched', () => {
  const map = { query: null, product: { box: { x: 0, y: 0, w: 1, h: 1 }, width: 1, height: 1, values: [1], image_url: '/x' } };

  // features: B7
  it('is asked for one result, with the photo, and closed by a second press', async () => {
    const session = await searched();
    const explanation = new Explanation();
    results = () => [{ ...hit('b'), heat_map: map }];
    await explanation.toggle(session, hit('b'));
    expect(asked.at(-1)).toMatchObject({ explain: 'true', limit: '1', offset: '1' });
    expect(explanation.map).toEqual(map);
    await explanation.toggle(session, hit('b'));
    expect(explanation.productId).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('of a part is asked for with the photo cropped to it, and of its vector where the crop finds the product not', async () => {
    const session = await searched();
    await session.setRegion(0);
    const explanation = new Explanation();
    results = (fields) => ('image' in fields ? [hit('a')] : [{ ...hit('b'), heat_map: map }]);
    await explanation.toggle(session, hit('b'));
    expect(explanation.map).toEqual(map);
    expect(asked.slice(-3).map((fields) => [fields['crop'], fields['vector'], fields['limit']])).toEqual([
      ['0,0,0.5,0.5', undefined, '1'],
      ['0,0,0.5,0.5', undefined, '10'],
      [undefined, 'PART', 1],
    ]);
  });

  it('is looked for among the neighbours when the order has changed', async () => {
    const session = await searched();
    const explanation = new Explanation();
    results = (fields) => (fields['limit'] === '1' ? [hit('a')] : [hit('a'), { ...hit('b'), heat_map: map }]);
    await explanation.toggle(session, hit('b'));
    expect(explanation.map).toEqual(map);
  });

  it('may be unknown', async () => {
    const session = await searched();
    const explanation = new Explanation();
    results = () => [{ ...hit('a'), heat_map: null }];
    await explanation.toggle(session, hit('a'));
    expect(explanation.isUnknown).toBe(true);
  });
});

describe('refining', () => {
  // features: A6 A7
  it('by words, likes and dislikes is asked for with the vector and is in the address', async () => {
    const session = await searched();
    await session.setText('  but in green ');
    await session.judge('a', 'like');
    await session.judge('b', 'dislike');
    expect(asked.at(-1)).toMatchObject({ vector: 'WHOLE', text: 'but in green', like: ['a'], dislike: ['b'] });
    expect(readResultQuery(new URL(resultPath(session), 'http://shop.example').searchParams)).toEqual({ ...nothing, vector: 'WHOLE', text: 'but in green', likes: ['a'], dislikes: ['b'] });
    await session.judge('a', 'dislike');
    expect(asked.at(-1)).toMatchObject({ dislike: ['b', 'a'] });
    expect(asked.at(-1)).not.toHaveProperty('like');
    await session.judge('a', undefined);
    await session.judge('b', undefined);
    await session.setText('');
    expect(asked.at(-1)).toEqual({ vector: 'WHOLE', lang: 'en', limit: 30, offset: 0 });
  });

  it('is of one photo: another one, or another part, begins anew', async () => {
    const session = await searched();
    await session.setText('green');
    await session.judge('a', 'like');
    await session.setRegion(0);
    expect(asked.at(-1)).toEqual({ vector: 'PART', lang: 'en', limit: 30, offset: 0 });
    await session.setText('green');
    await session.openPhoto(new Blob(['other']));
    expect(session.text).toBeUndefined();
  });

  it('gives up the oldest of more than the shop takes', async () => {
    const session = await searched();
    for (let i = 0; i <= kLikesMax; ++i) await session.judge(`p${i}`, 'like');
    expect(session.likes).toHaveLength(kLikesMax);
    expect(session.likes).not.toContain('p0');
  });

  it('goes on without products that have left the shop', async () => {
    const session = await searched();
    vi.stubGlobal('fetch', (_path: string, init: RequestInit) => {
      const gone = 'like' in (JSON.parse(String(init.body)) as object);
      const problem = new Response(JSON.stringify({ code: 'unknown_feedback', detail: 'gone', request_id: 'x' }), { status: 400 });
      return Promise.resolve(gone ? problem : new Response(JSON.stringify(answerTo('ROUNDED', false, [hit('b')]))));
    });
    await session.judge('a', 'like');
    expect(session.likes).toEqual([]);
    expect(session.status).toBe('ready');
    expect(session.hits.map((one) => one.product.id)).toEqual(['b']);
  });

  it('of a product stays a search for that product', async () => {
    const session = new SearchSession();
    await session.openLink({ ...nothing, productId: 'x' });
    await session.setText('green');
    expect(asked.at(-1)).toMatchObject({ product_id: 'x', text: 'green' });
  });
});
