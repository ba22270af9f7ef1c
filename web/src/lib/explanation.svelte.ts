// What matched between the query and one result. Asked for only when the shopper wants to see it; one at a time, because
// the query's side is drawn on the one photo.
import { isAbort, type HeatMap, type Hit } from './api/client';
import { failureOf, type Failure, type SearchSession } from './search.svelte';

export class Explanation {
  productId = $state<string | undefined>();
  map = $state.raw<HeatMap | undefined>();
  isLoading = $state(false);
  isUnknown = $state(false); // the shop cannot say
  failure = $state.raw<Failure | undefined>();

  #running: AbortController | undefined;

  close(): void {
    this.#running?.abort();
    this.productId = undefined;
    this.map = undefined;
    this.isLoading = false;
    this.isUnknown = false;
    this.failure = undefined;
  }

  async toggle(session: Pick<SearchSession, 'explain'>, hit: Hit): Promise<void> {
    const wasOpen = this.productId === hit.product.id && this.failure === undefined;
    this.close();
    if (wasOpen) return;
    const running = new AbortController();
    this.#running = running;
    this.productId = hit.product.id;
    this.isLoading = true;
    try {
      const map = await session.explain(hit, running.signal);
      if (running.signal.aborted) return;
      this.map = map;
      this.isUnknown = map?.product == null && map?.query == null;
    } catch (error) {
      if (running.signal.aborted || isAbort(error)) return;
      this.failure = failureOf(error);
    }
    this.isLoading = false;
  }
}
