// The server, as functions. Types come from docs/openapi.yaml; nothing else knows an address.
import type { components, operations } from './schema';

type Schemas = components['schemas'];
export type Product = Schemas['Product'];
export type ProductDetails = Schemas['ProductDetails'];
export type ProductPage = Schemas['ProductPage'];
export type Variant = Schemas['Variant'];
export type Picture = Schemas['Picture'];
export type Attribute = Schemas['Attribute'];
export type Category = Schemas['CategoryTree']['categories'][number];
export type Hit = Schemas['Hit'];
export type SearchAnswer = Schemas['SearchAnswer'];
export type Colour = Schemas['Colour'];
export type Region = Schemas['Region'];
export type HeatGrid = Schemas['HeatGrid'];
export type HeatMap = Schemas['HeatMap'];
export type Wishes = SearchAnswer['query']['wishes'];
export type Guess = SearchAnswer['query']['categories'][number];
export type FacetColumn = Schemas['Facets']['columns'][number];
export type Suggestions = Schemas['Suggestions'];
export type Shop = Schemas['Shop'];
export type Shelves = Schemas['Shelves'];
export type Sort = NonNullable<NonNullable<operations['listProducts']['parameters']['query']>['sort']>;
type ProblemCode = Schemas['Problem']['code'];

// `offline`: no answer came. `unreadable`: one came that is not the API's.
export type FailureCode = ProblemCode | 'offline' | 'unreadable';

export class ApiError extends Error {
  readonly code: FailureCode;
  readonly requestId: string;
  readonly retryAfterMs: number;
  readonly problem: object; // as the server sent it: some have members of their own

  constructor(code: FailureCode, detail: string, requestId = '', retryAfterMs = 0, problem: object = {}) {
    super(detail);
    this.name = 'ApiError';
    this.code = code;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.problem = problem;
  }

  // Worth asking again without a change.
  get isPassing(): boolean {
    return this.code === 'busy' || this.code === 'not_ready' || this.code === 'stopping' || this.code === 'timeout';
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

const kRetries = 2;
const kRetryMsMax = 5_000;

async function failureOf(response: Response): Promise<ApiError> {
  const retryAfterMs = Number(response.headers.get('Retry-After') ?? 0) * 1000;
  try {
    const problem = (await response.json()) as Schemas['Problem'];
    return new ApiError(problem.code, problem.detail, problem.request_id, retryAfterMs, problem);
  } catch {
    return new ApiError('unreadable', `HTTP ${response.status}`, '', retryAfterMs);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('aborted', 'AbortError'));
    });
  });
}

// What the first page asks for is in it already (src/server/page_shell.h); good for one time, for things change.
function embeddedAnswer(path: string): string | undefined {
  if (typeof document === 'undefined') return undefined;
  const element = [...document.querySelectorAll<HTMLScriptElement>('script[data-answer]')].find((one) => one.dataset['answer'] === path);
  element?.remove();
  return element?.text;
}

// A busy server is asked again, at its own pace, before the shopper hears of it.
async function request<T>(path: string, init: RequestInit & { signal?: AbortSignal }): Promise<T> {
  for (let attempt = 0; ; ++attempt) {
    let response: Response;
    try {
      response = await fetch(path, init);
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new ApiError('offline', String(error));
    }
    if (response.ok) {
      const text = await response.text();
      return (text === '' ? undefined : JSON.parse(text)) as T;
    }
    const failure = await failureOf(response);
    if (!failure.isPassing || failure.code === 'timeout' || attempt === kRetries) throw failure;
    await pause(Math.min(Math.max(failure.retryAfterMs, 500), kRetryMsMax), init.signal);
  }
}

type Query = Record<string, string | number | undefined>;

function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function get<T>(path: string, query: Query, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<T> {
  const target = withQuery(path, query);
  const known = embeddedAnswer(target);
  return known !== undefined ? Promise.resolve(JSON.parse(known) as T) : request<T>(target, signal ? { signal, headers } : { headers });
}

// Of the session, when there is one; what changes something must carry it.
export const csrf = { token: '', refresh: (): Promise<void> => Promise.resolve() };

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export async function send<T>(method: Method, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
  const attempt = (): Promise<T> => {
    const sent: Record<string, string> = { ...headers };
    const raw = body instanceof FormData || body instanceof Blob; // a form says its type itself
    if (body instanceof Blob) sent['Content-Type'] = 'application/octet-stream';
    else if (body !== undefined && !raw) sent['Content-Type'] = 'application/json';
    if (csrf.token !== '') sent['X-CSRF-Token'] = csrf.token;
    return request(path, { method, headers: sent, ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }) });
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'csrf') throw error;
    await csrf.refresh(); // somebody signed in again in another tab
    return attempt();
  }
}

const productPath = (id: string): string => `/api/v1/products/${encodeURIComponent(id)}`;

export const getShop = (): Promise<Shop> => get('/api/v1/shop', {});

export const getShelves = (lang: string): Promise<Shelves> => get('/api/v1/shelves', { lang });

export const getCategories = async (lang: string): Promise<Category[]> =>
  (await get<Schemas['CategoryTree']>('/api/v1/categories', { lang })).categories;

export const getProduct = (id: string, lang: string, signal?: AbortSignal): Promise<ProductDetails> => get(productPath(id), { lang }, signal);

export const getSimilar = async (id: string, limit: number, lang: string, signal?: AbortSignal): Promise<Hit[]> =>
  (await get<Schemas['SimilarAnswer']>(`${productPath(id)}/similar`, { limit, lang }, signal)).results;

export interface ListQuery {
  category?: string | undefined;
  text?: string | undefined;
  filter?: string | undefined;
  facets?: string;
  sort: Sort;
  limit: number;
  offset?: number;
  after?: string;
  lang: string;
}

export const listProducts = (query: ListQuery, signal?: AbortSignal): Promise<ProductPage> =>
  get('/api/v1/products', { ...query, sort: query.sort === 'default' ? undefined : query.sort }, signal);

export const getSuggestions = (text: string, lang: string, signal: AbortSignal): Promise<Suggestions> => get('/api/v1/suggestions', { q: text, lang }, signal);

export type Subject = { photo: Blob; crop: string | undefined } | { vector: string } | { productId: string } | { imageUrl: string };

export interface SearchOptions {
  category: string | undefined;
  limit: number;
  offset: number;
  minScore: number | undefined;
  filter: string | undefined;
  text?: string | undefined;
  likes?: readonly string[];
  dislikes?: readonly string[];
  explain?: boolean; // each result with its heat map; ten at most
  lang: string;
}

export function search(subject: Subject, options: SearchOptions, signal: AbortSignal): Promise<SearchAnswer> {
  const fields: Schemas['VectorSearch'] = { lang: options.lang, limit: options.limit, offset: options.offset };
  if (options.category !== undefined) fields.category = options.category;
  if (options.minScore !== undefined) fields.min_score = options.minScore;
  if (options.filter !== undefined) fields.filter = options.filter;
  if (options.text !== undefined) fields.text = options.text;
  if (options.likes?.length) fields.like = [...options.likes];
  if (options.dislikes?.length) fields.dislike = [...options.dislikes];
  if (options.explain === true) fields.explain = true;
  if (!('photo' in subject)) {
    if ('vector' in subject) fields.vector = subject.vector;
    else if ('imageUrl' in subject) fields.image_url = subject.imageUrl;
    else fields.product_id = subject.productId;
    return request('/api/v1/search', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fields), signal });
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, String(one));
  if (subject.crop !== undefined) form.set('crop', subject.crop);
  form.set('image', subject.photo, 'photo');
  return request('/api/v1/search', { method: 'POST', body: form, signal });
}
