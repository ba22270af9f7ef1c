// What a result page's address says, and back. A photo is never in it.
import { isColourName } from './looks';

export interface ResultQuery {
  vector: string | undefined; // of a photo that the server has forgotten
  productId: string | undefined; // "more like this"
  category: string | undefined; // the shopper's override; "all" = everywhere
  colour: string | undefined; // only products of this colour
  text: string | undefined; // what else is wished for
  likes: readonly string[]; // products that the results should be like
  dislikes: readonly string[]; // and unlike
}

export const kTextMax = 200; // bytes
export const kLikesMax = 20; // and as many dislikes

export const kEverywhere = 'all';

// The alphabet of the server's opaque vectors; anything else cannot be one and is not worth a request.
const kVectorPattern = /^[A-Za-z0-9_.~=-]{1,8192}$/;

type Params = Pick<URLSearchParams, 'get' | 'getAll'>;

const nonEmpty = (value: string | null): string | undefined => (value === null || value === '' ? undefined : value);

// Within what the server takes.
const idsOf = (values: readonly string[]): string[] => [...new Set(values)].filter((id) => id !== '').slice(0, kLikesMax);

const byteCount = (text: string): number => new TextEncoder().encode(text).length;

// Without spaces around, cut where the server would refuse it.
export function refiningText(text: string): string | undefined {
  const letters = [...text.trim()];
  while (byteCount(letters.join('')) > kTextMax) letters.pop();
  return nonEmpty(letters.join(''));
}

export function readResultQuery(params: Params): ResultQuery {
  const likes = idsOf(params.getAll('like'));
  const vector = nonEmpty(params.get('v'));
  const colour = nonEmpty(params.get('colour'));
  return {
    vector: vector !== undefined && kVectorPattern.test(vector) ? vector : undefined,
    productId: nonEmpty(params.get('p')),
    category: nonEmpty(params.get('c')),
    colour: colour !== undefined && isColourName(colour) ? colour : undefined,
    text: refiningText(params.get('text') ?? ''),
    likes,
    dislikes: idsOf(params.getAll('dislike')).filter((id) => !likes.includes(id)),
  };
}

export function resultPath(query: Partial<ResultQuery>): string {
  const params = new URLSearchParams();
  if (query.productId !== undefined) params.set('p', query.productId);
  else if (query.vector !== undefined) params.set('v', query.vector);
  if (query.category !== undefined) params.set('c', query.category);
  if (query.colour !== undefined) params.set('colour', query.colour);
  if (query.text !== undefined) params.set('text', query.text);
  for (const id of query.likes ?? []) params.append('like', id);
  for (const id of query.dislikes ?? []) params.append('dislike', id);
  const text = params.toString();
  return text === '' ? '/search' : `/search?${text}`;
}

export const productPath = (id: string): string => `/product/${encodeURIComponent(id)}`;
