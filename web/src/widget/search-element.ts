// <nozama-search endpoint="https://search.shop.example" key="nzp_…" lang="de" max="12">: a photo in, the shop's products out.
import type { Guess, SearchAnswer } from '../lib/api/client';
import { formatProbability } from '../lib/format';
import { pictureIn, preparePhoto, releasePhoto, type Photo } from '../lib/photo';
import type { Question } from './api';
import { NozamaElement } from './base';
import { cards } from './cards';
import { CropFrame } from './crop-frame';
import { element } from './dom';

const kChipsMax = 5;

export class NozamaSearch extends NozamaElement {
  #photo: Photo | undefined;
  #frame: CropFrame | undefined;
  #category: string | undefined;
  #shown = 0;
  readonly #asked = element('div', { class: 'asked' });
  readonly #chips = element('div', { class: 'chips', part: 'categories', role: 'group' });
  readonly #results = element('ul', { class: 'results', part: 'results' });
  readonly #more = element('div', { class: 'more' });
  readonly #onPaste = (event: ClipboardEvent): void => {
    const file = pictureIn(event.clipboardData);
    const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable]') !== null;
    if (file === undefined || typing) return;
    event.preventDefault();
    void this.search(file);
  };

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('paste', this.#onPaste);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('paste', this.#onPaste);
    if (this.#photo !== undefined) releasePhoto(this.#photo);
    this.#photo = undefined;
  }

  protected draw(): void {
    const drop = element('div', { class: 'drop', part: 'drop' }, this.#chooser(this.texts.choose, 'main', false), this.#chooser(this.texts.camera, '', true), element('span', { class: 'small' }, this.texts.hint));
    drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
    drop.addEventListener('dragleave', () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      const file = pictureIn(event.dataTransfer);
      if (file !== undefined) void this.search(file);
    });
    this.#chips.setAttribute('aria-label', this.texts.categories);
    this.root.replaceChildren(drop, this.#asked, this.status, this.#results, this.#more);
    if (this.#photo !== undefined) this.#begin(this.#photo);
  }

  #chooser(text: string, kind: string, camera: boolean): HTMLElement | undefined {
    if (camera && !matchMedia('(pointer: coarse)').matches) return undefined;
    const input = element('input', { type: 'file', class: 'file', accept: 'image/*', capture: camera ? 'environment' : undefined, 'aria-label': text });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      input.value = ''; // the same photo may be chosen again
      if (file !== undefined) void this.search(file);
    });
    return element('label', {}, input, element('span', { class: `button ${kind}`, part: 'button', 'aria-hidden': 'true' }, text));
  }

  // For the merchant's own buttons too.
  async search(file: Blob): Promise<void> {
    let photo: Photo;
    try {
      photo = await preparePhoto(file);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.#photo !== undefined) releasePhoto(this.#photo);
    this.#photo = photo;
    this.#begin(photo);
  }

  #begin(photo: Photo): void {
    this.#category = undefined;
    const askPart = (): void => void this.#ask({ photo: photo.blob, crop: this.#frame?.crop });
    this.#frame = new CropFrame(photo.url, this.texts, askPart);
    this.#chips.replaceChildren();
    this.#asked.replaceChildren(this.#frame.node, this.#chips);
    askPart();
  }

  async #ask(question: Question, offset = 0): Promise<void> {
    this.#results.setAttribute('aria-busy', 'true');
    const options = { lang: this.lang_, limit: this.limit, offset: offset || undefined, category: this.#category, filter: this.getAttribute('filter') ?? undefined };
    const answer = await this.ask((signal) => this.server.search(question, options, signal), () => void this.#ask(question, offset));
    if (answer === undefined) return;
    this.#results.removeAttribute('aria-busy');
    this.#show(answer, offset, question);
    this.tell('nozama-results', { total: answer.total, products: answer.results.map((hit) => hit.product.id) });
  }

  #show(answer: SearchAnswer, offset: number, question: Question): void {
    const made = cards(answer.results, offset + 1, this.cardOptions(answer.query.id));
    if (offset === 0) this.#results.replaceChildren(...made);
    else this.#results.append(...made);
    this.#shown = offset + made.length;
    this.say(answer.total === 0 ? this.texts.nothing : this.texts.found(answer.total));
    const { vector } = answer.query;
    if ('photo' in question) this.#frame?.showRegions(answer.query.regions, (chosen) => void this.#ask({ vector: chosen }));
    this.#showChips(answer.query.categories, vector);
    const next = element('button', { type: 'button', onclick: () => void this.#askMore(vector) }, this.texts.more);
    this.#more.replaceChildren(...(this.#shown < answer.total && made.length > 0 ? [next] : []));
  }

  // The first of the new ones takes the focus that the button had.
  async #askMore(vector: string): Promise<void> {
    const before = this.#results.children.length;
    await this.#ask({ vector }, this.#shown);
    this.#results.children[before]?.querySelector('a')?.focus();
  }

  #showChips(categories: readonly Guess[], vector: string): void {
    const choose = (category: string | undefined): void => {
      this.#category = category;
      void this.#ask({ vector });
    };
    const chip = (text: string, category: string | undefined): HTMLElement =>
      element('button', { type: 'button', 'aria-pressed': String(this.#category === category), onclick: () => choose(category) }, text);
    const guesses = categories.slice(0, kChipsMax).map((guess) => chip(`${guess.name} ${formatProbability(guess.probability, this.lang_)}`, guess.slug));
    const focused = [...this.#chips.children].indexOf(this.root.activeElement as Element);
    this.#chips.replaceChildren(...(guesses.length > 0 ? [chip(this.texts.everything, undefined), ...guesses] : []));
    if (focused >= 0) (this.#chips.children[focused] as HTMLElement | undefined)?.focus();
  }
}
