// The rows of the catalogue's table: what is shown, chosen and being changed.
import { account } from './account.svelte';
import { deleteProduct, getEditable, listRows, patchProduct, type ProductPatch, type ProductRow, type RowQuery } from './api/admin_products';
import { ApiError } from './api/client';
import type { AdminProductMessages } from './i18n/admin_products/en';
import { failureOf, type Failure } from './search.svelte';

const kAtOnce = 3; // changes of many products that are on their way together

// In the words of the page where it has some, else in the server's.
export function faultText(error: unknown, t: AdminProductMessages): string {
  if (!(error instanceof ApiError)) throw error;
  if (account.noteFailure(error)) return t.failed;
  switch (error.code) {
    case 'product_changed':
      return t.changedElsewhere;
    case 'product_exists':
      return t.exists;
    case 'unknown_product':
      return t.gone;
    case 'bad_price':
      return t.badPrice;
    case 'bad_stock':
      return t.badStock;
    case 'bad_currency':
      return t.badCurrency;
    default:
      return `${t.failed} ${error.message}`;
  }
}

export interface BulkProgress {
  done: number; // with those that failed
  failed: number;
  all: number;
  running: boolean;
}

export class ProductRows {
  rows = $state.raw<readonly ProductRow[] | undefined>();
  total = $state(0);
  next = $state<string | null>(null);
  failure = $state.raw<Failure | undefined>();
  loading = $state(false);
  chosen = $state.raw<ReadonlySet<string>>(new Set());
  faults = $state.raw<ReadonlyMap<string, string>>(new Map()); // of rows that a change of many could not change
  bulk = $state.raw<BulkProgress | undefined>();
  #asked = 0;
  #stopped = false;

  async load(query: RowQuery): Promise<void> {
    const turn = ++this.#asked;
    this.#stopped = true;
    this.chosen = new Set();
    this.faults = new Map();
    this.bulk = undefined;
    this.loading = true;
    try {
      const page = await listRows(query);
      if (turn !== this.#asked) return;
      this.rows = page.products;
      this.total = page.total;
      this.next = page.next;
      this.failure = undefined;
    } catch (error) {
      if (!account.noteFailure(error) && turn === this.#asked) this.failure = failureOf(error);
    } finally {
      if (turn === this.#asked) this.loading = false;
    }
  }

  choose(id: string, on: boolean): void {
    const chosen = new Set(this.chosen);
    if (on) chosen.add(id);
    else chosen.delete(id);
    this.chosen = chosen;
  }

  chooseAll(on: boolean): void {
    this.chosen = new Set(on ? (this.rows ?? []).map((row) => row.id) : []);
  }

  // Of the version that is shown. Another one is shown then, and nothing is changed.
  async save(row: ProductRow, patch: ProductPatch, lang: string, t: AdminProductMessages): Promise<string> {
    try {
      await patchProduct(row.id, patch, row.version);
      await this.#refresh(row.id, lang);
      return '';
    } catch (error) {
      const fault = faultText(error, t);
      if (error instanceof ApiError && error.code === 'product_changed') await this.#refresh(row.id, lang).catch(() => undefined);
      return fault;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  // One product after the other; what fails is told at its row and stays chosen. `patch` undefined = delete.
  async changeChosen(patch: ((row: ProductRow) => ProductPatch | string) | undefined, lang: string, t: AdminProductMessages): Promise<void> {
    const turn = this.#asked;
    const waiting = (this.rows ?? []).filter((row) => this.chosen.has(row.id));
    const progress = { done: 0, failed: 0, all: waiting.length, running: true };
    this.bulk = { ...progress };
    this.faults = new Map();
    this.#stopped = false;
    const work = async (): Promise<void> => {
      for (let row = waiting.shift(); row !== undefined && !this.#stopped; row = waiting.shift()) {
        const fault = await this.#changeOne(row, patch, lang, t);
        if (turn !== this.#asked) return;
        progress.done += 1;
        if (fault === '') this.choose(row.id, false);
        else {
          progress.failed += 1;
          this.faults = new Map(this.faults).set(row.id, fault);
        }
        this.bulk = { ...progress };
      }
    };
    await Promise.all(Array.from({ length: kAtOnce }, work));
    if (turn === this.#asked) this.bulk = { ...progress, running: false };
  }

  async #changeOne(row: ProductRow, patch: ((row: ProductRow) => ProductPatch | string) | undefined, lang: string, t: AdminProductMessages): Promise<string> {
    try {
      if (patch === undefined) {
        await deleteProduct(row.id);
        this.rows = this.rows?.filter((one) => one.id !== row.id);
        this.total -= 1;
        return '';
      }
      const change = patch(row);
      if (typeof change === 'string') return change;
      await patchProduct(row.id, change);
      await this.#refresh(row.id, lang);
      return '';
    } catch (error) {
      return faultText(error, t);
    }
  }

  async #refresh(id: string, lang: string): Promise<void> {
    const { row } = await getEditable(id, lang);
    this.rows = this.rows?.map((one) => (one.id === id ? row : one));
  }
}
