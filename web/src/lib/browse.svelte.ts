// A list of products as state: its pages and what it can be narrowed to. A newer query cancels the one under way.
import { listProducts, type FacetColumn, type ListQuery, type Product, type ProductPage } from './api/client';
import { activeFacets, browseFilter, type BrowseQuery, type FacetName } from './browse';
import { failureOf, type Failure } from './search.svelte';

const kPage = 30;
const kFacets: Record<FacetName, string> = { category: 'category:40', price: 'price', brand: 'brand:30', colour: 'colour:20', rating: 'rating', in_stock: 'in_stock' };

export type Facets = Partial<Record<FacetName, FacetColumn>>;

export class ProductList {
  products = $state.raw<readonly Product[]>([]);
  total = $state(0);
  facets = $state.raw<Facets>({});
  queryId = $state.raw<string | undefined>(); // of a search by words, for events
  isLoading = $state(true);
  failure = $state.raw<Failure | undefined>();

  #shownKey = '';
  #next: string | undefined;

  // `slug`: of the page of one category.
  async load(query: BrowseQuery, slug: string | undefined, lang: string, signal: AbortSignal): Promise<void> {
    const asked = this.#fields(query, slug, lang);
    const key = JSON.stringify(asked);
    this.isLoading = true;
    this.failure = undefined;
    try {
      const isNew = key !== this.#shownKey;
      // Without its filters the list is still worth showing.
      const facets = isNew ? this.#loadFacets(query, slug, lang, signal).catch(() => undefined) : undefined;
      if (isNew) await this.#page(asked, 0, signal);
      if (signal.aborted) return;
      this.#shownKey = key;
      while (this.products.length < Math.min(query.pages * kPage, this.total)) {
        if (!(await this.#page(asked, this.products.length, signal))) break;
      }
      if (facets) await facets;
      if (!signal.aborted) this.isLoading = false;
    } catch (error) {
      if (signal.aborted) return;
      this.failure = failureOf(error);
      this.isLoading = false;
    }
  }

  #fields(query: BrowseQuery, slug: string | undefined, lang: string, without?: FacetName): Omit<ListQuery, 'limit'> {
    const category = slug ?? (without === 'category' ? undefined : query.category);
    return { category, text: query.text || undefined, filter: browseFilter(query, without), sort: query.sort, lang };
  }

  // What is shown already is not asked again: one more page is one more request. False: there is no more.
  async #page(asked: Omit<ListQuery, 'limit'>, from: number, signal: AbortSignal): Promise<boolean> {
    const place = from === 0 ? {} : this.#next === undefined ? { offset: from } : { after: this.#next };
    const answer: ProductPage = await listProducts({ ...asked, ...place, limit: kPage }, signal);
    if (signal.aborted) return false;
    this.products = from === 0 ? answer.products : [...this.products, ...answer.products];
    this.total = answer.products.length === 0 ? this.products.length : answer.total;
    this.#next = answer.next;
    if (from === 0) this.queryId = answer.query?.id;
    return answer.products.length > 0;
  }

  async #loadFacets(query: BrowseQuery, slug: string | undefined, lang: string, signal: AbortSignal): Promise<void> {
    const active = activeFacets(query);
    const others = (Object.keys(kFacets) as FacetName[]).filter((name) => !active.includes(name));
    const ask = (names: readonly FacetName[], without?: FacetName): Promise<ProductPage> =>
      // Without an order: only its counts are looked at.
      listProducts({ ...this.#fields(query, slug, lang, without), sort: 'default', facets: names.map((name) => kFacets[name]).join(','), limit: 1 }, signal);
    const answers = await Promise.all([...(others.length > 0 ? [ask(others)] : []), ...active.map((name) => ask([name], name))]);
    if (signal.aborted) return;
    const columns = answers.flatMap((answer) => answer.facets?.columns ?? []);
    this.facets = Object.fromEntries(columns.map((column) => [column.column, column]));
  }
}
