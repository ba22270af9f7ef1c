// What both elements share: their server, language and texts, and how failures read.
import { ApiError, isAbort, type Hit } from '../lib/api/client';
import { Server } from './api';
import { mayTrack, reportClick } from './attribution';
import type { CardOptions } from './cards';
import { element } from './dom';
import { sheet } from './style';
import { textsFor, type Texts } from './texts';

const kLimitDefault = 12;
const kLimitMax = 100;

export abstract class NozamaElement extends HTMLElement {
  static readonly observedAttributes = ['endpoint', 'key', 'lang', 'product', 'filter', 'max'];
  protected readonly root = this.attachShadow({ mode: 'open' });
  protected readonly status = element('div', { class: 'status', part: 'status', role: 'status', 'aria-live': 'polite' });
  protected server = new Server(location.origin, '');
  protected texts: Texts = textsFor(null).texts;
  protected lang_ = 'en';
  #pending: AbortController | undefined;
  #drawn = false;

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet()];
  }

  connectedCallback(): void {
    this.#drawn = true;
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#drawn = false;
    this.#pending?.abort();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.#drawn && before !== after) this.#draw();
  }

  #draw(): void {
    this.server = new Server(this.getAttribute('endpoint') ?? location.origin, this.getAttribute('key') ?? '');
    const { texts, lang } = textsFor(this.getAttribute('lang'));
    this.texts = texts;
    this.lang_ = lang;
    this.draw();
  }

  protected abstract draw(): void;

  protected get limit(): number {
    const asked = Number(this.getAttribute('max') ?? kLimitDefault);
    return Number.isInteger(asked) && asked >= 1 ? Math.min(asked, kLimitMax) : kLimitDefault;
  }

  protected cardOptions(query: string | undefined): CardOptions {
    const onSelect = (hit: Hit, position: number): void => {
      if (mayTrack(this)) reportClick(this.server, hit.product.id, query, position);
      this.tell('nozama-select', { product: hit.product, position });
    };
    return { server: this.server, texts: this.texts, lang: this.lang_, target: this.getAttribute('target') ?? '', onSelect };
  }

  protected tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  // Cancels what was asked before. Undefined when this was cancelled itself, or failed and said so.
  protected async ask<T>(question: (signal: AbortSignal) => Promise<T>, again: () => void): Promise<T | undefined> {
    this.#pending?.abort();
    const mine = (this.#pending = new AbortController());
    this.say(this.texts.searching);
    try {
      return await question(mine.signal);
    } catch (error) {
      if (!isAbort(error) && !mine.signal.aborted) this.fail(error, again);
      return undefined;
    }
  }

  protected say(text: string): void {
    this.status.className = 'status';
    this.status.replaceChildren(text);
  }

  protected fail(error: unknown, again?: () => void): void {
    const code = error instanceof ApiError ? error.code : 'internal';
    // For the merchant; the shopper reads what helps a shopper.
    console.warn(`nozama: ${code}: ${error instanceof Error ? error.message : String(error)} (endpoint ${this.server.endpoint})`);
    this.status.className = 'status failed';
    const retry = again === undefined ? undefined : element('button', { type: 'button', onclick: () => again() }, this.texts.retry);
    this.status.replaceChildren(this.#failureText(code), ...(retry ? [retry] : []));
    this.tell('nozama-error', { code });
  }

  #failureText(code: string): string {
    const { texts } = this;
    const known: Record<string, string> = {
      offline: texts.offline,
      unsupported_image: texts.unsupported,
      unsupported_media_type: texts.unsupported,
      damaged_image: texts.damaged,
      image_too_large: texts.tooLarge,
      payload_too_large: texts.tooLarge,
      sign_in_required: texts.closed,
      bad_credentials: texts.closed,
      not_allowed: texts.closed,
    };
    return known[code] ?? texts.failed;
  }
}
