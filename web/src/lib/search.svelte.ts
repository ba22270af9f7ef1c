// One shopper's search as state: photo, crop, category, answer. Lives as long as the tab, so that going to a product
// and back finds everything as it was. At most one request is under way; a newer one cancels it.
import { ApiError, isAbort, search, type Colour, type FailureCode, type Guess, type HeatMap, type Hit, type Region, type SearchAnswer, type SearchOptions, type Subject, type Wishes } from './api/client';
import { cropParameter, kWhole, type Box } from './crop';
import { i18n } from './i18n/index.svelte';
import { colourFilter } from './looks';
import { markStep } from './marks';
import { preparePhoto, releasePhoto, type Photo } from './photo';
import { kLikesMax, refiningText, type ResultQuery } from './query';

export type SearchStatus = 'idle' | 'preparing' | 'searching' | 'ready' | 'failed';

export interface Failure {
  code: FailureCode;
  requestId: string;
}

const kPage = 30;
const kNearest = 6;
const kOffsetMax = 1000;
const kCropPauseMs = 300;
const kExplainMax = 10;

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return { code: error.code, requestId: error.requestId };
  throw error;
}

export class SearchSession {
  status = $state<SearchStatus>('idle');
  failure = $state.raw<Failure | undefined>();
  photo = $state.raw<Photo | undefined>();
  crop = $state.raw<Box>(kWhole);
  productId = $state<string | undefined>();
  category = $state<string | undefined>();
  colour = $state<string | undefined>(); // only products of this colour
  text = $state<string | undefined>(); // what else is wished for
  likes = $state.raw<readonly string[]>([]); // products that the results should be like
  dislikes = $state.raw<readonly string[]>([]); // and unlike; never among them
  wishes = $state.raw<Wishes | undefined>(); // as the shop understood the text
  vector = $state<string | undefined>();
  colours = $state.raw<readonly Colour[]>([]); // of the photo
  regions = $state.raw<readonly Region[]>([]); // of the photo
  region = $state<number | undefined>(); // the part that is searched instead of the whole photo
  guesses = $state.raw<readonly Guess[]>([]);
  queryId = $state.raw<string | undefined>(); // names this search in events
  hits = $state.raw<readonly Hit[]>([]);
  total = $state(0);
  timingsMs = $state.raw<SearchAnswer['query']['timings_ms'] | undefined>(); // of the last answer, at the server
  refused = $state(false);
  nearestAvailable = $state(0);
  isNearest = $state(false); // below the threshold, because the shopper asked
  isLoadingMore = $state(false);

  #imageUrl: string | undefined; // of a photo that the shop fetches; the page does not have it
  #wholeVector: string | undefined; // of the photo, also while a region is searched
  #running: AbortController | undefined;
  #cropTimer: ReturnType<typeof setTimeout> | undefined;

  get canShowMore(): boolean {
    return !this.isNearest && this.hits.length < this.total && this.hits.length <= kOffsetMax;
  }

  // Few look alike enough, but there are others.
  get canShowLessAlike(): boolean {
    return !this.isNearest && !this.refused && !this.canShowMore && this.hits.length < kPage && this.nearestAvailable > this.hits.length;
  }

  get nearestOffered(): number {
    return Math.min(this.nearestAvailable, kNearest);
  }

  async openPhoto(file: Blob): Promise<void> {
    markStep('photo-chosen');
    const signal = this.#begin();
    this.#clear();
    this.status = 'preparing';
    try {
      const photo = await preparePhoto(file);
      if (signal.aborted) return releasePhoto(photo);
      this.photo = photo;
      markStep('photo-ready');
    } catch (error) {
      return this.#fail(error, signal);
    }
    await this.#run();
  }

  async openUrl(url: string): Promise<void> {
    this.#begin();
    this.#clear();
    this.#imageUrl = url;
    await this.#run();
  }

  // A failure before there was a photo, as of a drop without one.
  refuse(code: FailureCode): void {
    this.#begin();
    this.#clear();
    this.failure = { code, requestId: '' };
    this.status = 'failed';
  }

  // From the address. What is shown already stays.
  async openLink(query: ResultQuery): Promise<void> {
    if (query.productId === undefined && query.vector === undefined) return;
    const isSame = query.productId === this.productId && (query.productId !== undefined || query.vector === this.vector) && this.#isRefinedAs(query);
    if (isSame && this.status !== 'idle') return;
    if (this.#returnTo(query)) return this.#again();
    this.#begin();
    this.#clear();
    this.productId = query.productId;
    this.vector = query.productId === undefined ? query.vector : undefined;
    this.#refineAs(query);
    await this.#run();
  }

  // Waits until the hand rests.
  setCrop(crop: Box): void {
    this.crop = crop;
    this.region = undefined;
    this.regions = [];
    clearTimeout(this.#cropTimer);
    this.#cropTimer = setTimeout(() => void this.#run(), kCropPauseMs);
  }

  async setCategory(category: string | undefined): Promise<void> {
    if (category === this.category) return;
    this.category = category;
    await this.#again();
  }

  async setColour(colour: string | undefined): Promise<void> {
    if (colour === this.colour) return;
    this.colour = colour;
    await this.#again();
  }

  async setText(written: string): Promise<void> {
    const text = refiningText(written);
    if (text === this.text) return;
    this.text = text;
    await this.#again();
  }

  // More like this product, or less; undefined takes it back. Of the products beyond what the server takes the oldest is given up.
  async judge(id: string, verdict: 'like' | 'dislike' | undefined): Promise<void> {
    const others = (ids: readonly string[]): string[] => ids.filter((one) => one !== id);
    this.likes = verdict === 'like' ? [...others(this.likes), id].slice(-kLikesMax) : others(this.likes);
    this.dislikes = verdict === 'dislike' ? [...others(this.dislikes), id].slice(-kLikesMax) : others(this.dislikes);
    await this.#again();
  }

  // Searches with a part of the photo, or with all of it again. The photo is not sent for that; what was chosen for
  // another thing is no longer meant.
  async setRegion(region: number | undefined): Promise<void> {
    if (region === this.region || (region !== undefined && this.regions[region] === undefined)) return;
    this.region = region;
    this.#refineAs({});
    if (region === undefined) this.vector = this.#wholeVector;
    await this.#again();
  }

  // What of the query and of this product is alike; undefined where the shop cannot say. The photo is sent again, for the
  // shop has kept nothing of it.
  async explain(hit: Hit, signal: AbortSignal): Promise<HeatMap | undefined> {
    const rank = this.hits.findIndex((shown) => shown.product.id === hit.product.id);
    if (rank < 0) return undefined;
    for (const subject of this.#explainedSubjects()) {
      // With a vector of its own the photo may rank neighbours the other way round: then a few around are asked for.
      for (const [offset, limit] of [
        [rank, 1],
        [Math.max(0, rank - kExplainMax / 2), kExplainMax],
      ] as const) {
        const answer = await search(subject, { ...this.#options(this.isNearest), offset, limit, explain: true }, signal);
        const found = answer.results.find((other) => other.product.id === hit.product.id);
        if (found !== undefined) return found.heat_map ?? undefined;
      }
    }
    return undefined;
  }

  async retry(): Promise<void> {
    await this.#run();
  }

  // The same again in another language.
  async translate(): Promise<void> {
    if (this.status === 'ready') await this.#again(this.isNearest);
  }

  // A few when nothing is alike, else a page of them, the alike first.
  async showNearest(): Promise<void> {
    if (this.vector !== undefined) await this.#run({ vector: this.vector }, true);
  }

  async showMore(): Promise<void> {
    if (this.vector === undefined || this.isLoadingMore) return;
    const signal = this.#begin();
    this.isLoadingMore = true;
    try {
      const answer = await this.#ask({ vector: this.vector }, signal, this.hits.length, false);
      const shown = new Set(this.hits.map((hit) => hit.product.id));
      const added = answer.results.filter((hit) => !shown.has(hit.product.id));
      this.hits = [...this.hits, ...added];
      this.total = added.length === 0 ? this.hits.length : answer.total;
    } catch (error) {
      this.#fail(error, signal);
    } finally {
      if (!signal.aborted) this.isLoadingMore = false;
    }
  }

  #begin(): AbortSignal {
    clearTimeout(this.#cropTimer);
    this.#running?.abort();
    this.#running = new AbortController();
    this.isLoadingMore = false;
    return this.#running.signal;
  }

  #clear(): void {
    if (this.photo !== undefined) releasePhoto(this.photo);
    this.photo = undefined;
    this.crop = kWhole;
    this.productId = undefined;
    this.#refineAs({});
    this.wishes = undefined;
    this.colours = [];
    this.regions = [];
    this.region = undefined;
    this.#imageUrl = undefined;
    this.#wholeVector = undefined;
    this.vector = undefined;
    this.guesses = [];
    this.hits = [];
    this.total = 0;
    this.refused = false;
    this.nearestAvailable = 0;
    this.isNearest = false;
    this.failure = undefined;
  }

  // A part of the photo has a heat map only when it is sent as a crop; its vector, which ranks a little otherwise, explains the product alone.
  #explainedSubjects(): readonly Subject[] {
    const region = this.region === undefined ? undefined : this.regions[this.region];
    const subject = this.#subject();
    if (subject === undefined) return [];
    if (region === undefined || this.photo === undefined) return [subject];
    const { x, y, w, h } = region.box;
    return [{ photo: this.photo.blob, crop: cropParameter({ x, y, width: w, height: h }) }, subject];
  }

  // An address that was this photo's or one of its parts', as the browser's Back finds it: the photo stays.
  #returnTo(query: ResultQuery): boolean {
    const { productId, vector } = query;
    const region = this.regions.findIndex((one) => one.vector === vector);
    if (this.photo === undefined || productId !== undefined || vector === undefined || (region < 0 && vector !== this.#wholeVector)) return false;
    this.region = region < 0 ? undefined : region;
    this.vector = vector;
    this.#refineAs(query);
    return true;
  }

  #refineAs({ category, colour, text, likes = [], dislikes = [] }: Partial<ResultQuery>): void {
    this.category = category;
    this.colour = colour;
    this.text = text;
    this.likes = likes;
    this.dislikes = dislikes;
  }

  #isRefinedAs(query: ResultQuery): boolean {
    const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((id, i) => id === b[i]);
    return query.category === this.category && query.colour === this.colour && query.text === this.text && same(query.likes, this.likes) && same(query.dislikes, this.dislikes);
  }

  #subject(): Subject | undefined {
    const region = this.region === undefined ? undefined : this.regions[this.region];
    if (region !== undefined) return { vector: region.vector };
    if (this.photo !== undefined) return { photo: this.photo.blob, crop: cropParameter(this.crop) };
    if (this.productId !== undefined) return { productId: this.productId };
    if (this.vector !== undefined) return { vector: this.vector };
    return this.#imageUrl !== undefined ? { imageUrl: this.#imageUrl } : undefined;
  }

  #options(nearest: boolean): Omit<SearchOptions, 'limit' | 'offset'> {
    const filter = this.colour === undefined ? undefined : colourFilter(this.colour);
    const { category, text, likes, dislikes } = this;
    return { category, filter, text, likes, dislikes, minScore: nearest ? 0 : undefined, lang: i18n.lang };
  }

  #ask(subject: Subject, signal: AbortSignal, offset: number, nearest: boolean): Promise<SearchAnswer> {
    return search(subject, { ...this.#options(nearest), limit: nearest && this.refused ? kNearest : kPage, offset }, signal);
  }

  // The same query, without sending the photo where its vector is known. A product stays one: it is not among its own likenesses.
  async #again(nearest = false): Promise<void> {
    const isKnown = this.region === undefined && this.productId === undefined && this.vector !== undefined;
    await this.#run(isKnown ? { vector: this.vector as string } : this.#subject(), nearest);
  }

  async #run(subject = this.#subject(), nearest = false): Promise<void> {
    if (subject === undefined) return;
    const signal = this.#begin();
    this.status = 'searching';
    this.failure = undefined;
    try {
      const answer = await this.#ask(subject, signal, 0, nearest);
      if (signal.aborted) return;
      markStep('answer');
      this.#show(answer, nearest);
      // A vector is rounded each time it is answered: the one asked with stays, and so does the address.
      if ('vector' in subject) this.vector = subject.vector;
      if ('photo' in subject) this.#keep(answer);
    } catch (error) {
      // A product that was liked, perhaps in a shared link, has left the shop: the rest of the search still holds.
      if (!signal.aborted && error instanceof ApiError && error.code === 'unknown_feedback') {
        this.likes = this.dislikes = [];
        return this.#run(subject, nearest);
      }
      this.#fail(error, signal);
    }
  }

  #show(answer: SearchAnswer, nearest: boolean): void {
    this.vector = answer.query.vector;
    if (answer.query.categories.length > 0) this.guesses = answer.query.categories;
    this.timingsMs = answer.query.timings_ms;
    this.queryId = answer.query.id;
    this.wishes = answer.query.wishes;
    this.hits = answer.results;
    this.total = answer.total;
    this.isNearest = nearest;
    if (!nearest) this.refused = answer.refused;
    this.nearestAvailable = answer.nearest_available;
    this.status = 'ready';
  }

  // What only an answer to the photo itself has.
  #keep({ query }: SearchAnswer): void {
    this.#wholeVector = query.vector;
    this.colours = query.colours;
    this.regions = query.regions;
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || isAbort(error)) return;
    this.failure = failureOf(error);
    this.status = 'failed';
  }
}

export const session = new SearchSession();
