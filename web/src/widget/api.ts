// The server of the shop that the element names. Types come from docs/openapi.yaml.
import { ApiError, type Hit, type SearchAnswer } from '../lib/api/client';

export type Question = { photo: Blob; crop: string | undefined } | { vector: string };

export interface Options {
  lang: string;
  limit: number;
  offset?: number | undefined;
  category?: string | undefined;
  filter?: string | undefined;
}

export class Server {
  readonly endpoint: string;
  readonly #key: string;

  // `endpoint` "https://search.shop.example"; `key` one that may be public, or "".
  constructor(endpoint: string, key: string) {
    this.endpoint = endpoint.replace(/\/+$/, '');
    this.#key = key;
  }

  // The picture's address: the API gives paths of its own server.
  address(path: string): string {
    return new URL(path, `${this.endpoint}/`).href;
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    const headers = new Headers(init.headers);
    if (this.#key !== '') headers.set('Authorization', `Bearer ${this.#key}`);
    let response: Response;
    try {
      response = await fetch(this.endpoint + path, { ...init, headers, credentials: 'omit' });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError('offline', String(error));
    }
    if (response.ok) return (await response.json()) as T;
    const problem = (await response.json().catch(() => ({}))) as { code?: ApiError['code']; detail?: string; request_id?: string };
    throw new ApiError(problem.code ?? 'unreadable', problem.detail ?? `HTTP ${response.status}`, problem.request_id ?? '');
  }

  search(question: Question, options: Options, signal: AbortSignal): Promise<SearchAnswer> {
    const fields = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== ''));
    if ('vector' in question) {
      const body = JSON.stringify({ ...fields, vector: question.vector });
      return this.#ask('/api/v1/search', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, signal });
    }
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
    if (question.crop !== undefined) form.set('crop', question.crop);
    form.set('image', question.photo, 'photo');
    return this.#ask('/api/v1/search', { method: 'POST', body: form, signal });
  }

  async similar(product: string, options: Options, signal: AbortSignal): Promise<Hit[]> {
    const query = new URLSearchParams({ lang: options.lang, limit: String(options.limit) });
    return (await this.#ask<{ results: Hit[] }>(`/api/v1/products/${encodeURIComponent(product)}/similar?${query}`, { signal })).results;
  }

  // Goes out even when the page is being left. What is lost is lost: nobody waits for it.
  report(events: readonly object[]): void {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (this.#key !== '') headers['Authorization'] = `Bearer ${this.#key}`;
    const body = JSON.stringify({ events });
    void fetch(`${this.endpoint}/api/v1/events`, { method: 'POST', headers, body, keepalive: true, credentials: 'omit' }).catch(() => undefined);
  }
}
