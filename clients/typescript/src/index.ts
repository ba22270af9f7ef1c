// Photo search in one call; `api` has every endpoint, typed from docs/openapi.yaml (openapi-fetch).
import createClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type { components, paths };
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];
export type PhotoFields = Omit<Schema<'PhotoSearch'>, 'image'>;

// What the server refused: its `code` is stable, its message says what to do.
export class NozamaError extends Error {
  readonly problem: Schema<'Problem'>;

  constructor(problem: Schema<'Problem'>) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
    this.name = 'NozamaError';
    this.problem = problem;
  }
}

export class Nozama {
  readonly api: Client<paths>;

  // `key` is an API key; the options are those of openapi-fetch.
  constructor(address: string, { key, ...options }: { key?: string } & ClientOptions = {}) {
    this.api = createClient<paths>({ baseUrl: address, ...options });
    if (key !== undefined) {
      this.api.use({
        onRequest({ request }) {
          request.headers.set('Authorization', `Bearer ${key}`);
          return request;
        },
      });
    }
  }

  // The products that look like a photo.
  async searchByPhoto(photo: Blob, fields: PhotoFields = {}): Promise<Schema<'SearchAnswer'>> {
    const form = new FormData();
    form.append('image', photo);
    for (const [name, value] of Object.entries(fields)) {
      for (const item of Array.isArray(value) ? value : [value]) form.append(name, String(item));
    }
    const { data, error } = await this.api.POST('/api/v1/search', { body: form as unknown as Schema<'PhotoSearch'>, bodySerializer: () => form });
    return answerOf(data, error);
  }

  // By `product_id`, `image_url` or the `query.vector` of an earlier answer.
  async search(fields: Schema<'VectorSearch'>): Promise<Schema<'SearchAnswer'>> {
    const { data, error } = await this.api.POST('/api/v1/search', { body: fields });
    return answerOf(data, error);
  }
}

function answerOf<Answer>(data: Answer | undefined, problem: Schema<'Problem'> | undefined): Answer {
  if (data !== undefined) return data;
  throw problem?.code === undefined ? new Error('the server gave no answer that Nozama gives') : new NozamaError(problem);
}
