// The shopper's photo with the part that is searched: by pointer, touch and keyboard.
import { clampBox, cropParameter, intersectBox, kWhole, moveBox, resizeBox, type Box } from '../lib/crop';
import type { Region } from '../lib/api/client';
import { element } from './dom';
import type { Texts } from './texts';

const kKeyStep = 0.05;
const kSettleMs = 250;
const kCorners = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

export class CropFrame {
  readonly node: HTMLElement;
  readonly #box: HTMLElement;
  readonly #regions = element('span');
  readonly #changed: () => void;
  readonly #texts: Texts;
  #crop: Box = kWhole;
  #timer: ReturnType<typeof setTimeout> | undefined;

  // `changed` is called when the box has come to rest elsewhere.
  constructor(photo: string, texts: Texts, changed: () => void) {
    this.#texts = texts;
    this.#changed = changed;
    const corners = kCorners.map(([x, y]) => {
      const corner = element('span', { class: 'corner' });
      corner.style.left = `${x * 100}%`;
      corner.style.top = `${y * 100}%`;
      corner.addEventListener('pointerdown', (event) => this.#drag(event, (dx, dy, from) => this.#pull(from, x, y, dx, dy)));
      return corner;
    });
    this.#box = element('div', { class: 'crop', part: 'crop', tabindex: '0', role: 'group', 'aria-label': texts.cropHelp }, ...corners);
    this.#box.addEventListener('pointerdown', (event) => this.#drag(event, (dx, dy, from) => moveBox(from, dx, dy)));
    this.#box.addEventListener('keydown', (event) => this.#key(event));
    this.node = element('div', { class: 'frame', part: 'photo' }, element('img', { src: photo, alt: texts.photo }), this.#box, this.#regions);
    this.#place();
  }

  get crop(): string | undefined {
    return cropParameter(this.#crop);
  }

  // Dots on what stands out; `choose` is called with one's vector.
  showRegions(regions: readonly Region[], choose: (vector: string) => void): void {
    if (this.crop !== undefined) return; // they belong to the whole photo
    this.#regions.replaceChildren(
      ...(regions.length < 2 ? [] : regions).map((region, i) => {
        const dot = element('button', { type: 'button', class: 'region', part: 'region', 'aria-label': this.#texts.region(i + 1), onclick: () => choose(region.vector) });
        dot.style.left = `${(region.box.x + region.box.w / 2) * 100}%`;
        dot.style.top = `${(region.box.y + region.box.h / 2) * 100}%`;
        return dot;
      }),
    );
  }

  #pull(from: Box, x: number, y: number, dx: number, dy: number): Box {
    return intersectBox({
      x: x === 0 ? from.x + dx : from.x,
      y: y === 0 ? from.y + dy : from.y,
      width: from.width + (x === 0 ? -dx : dx),
      height: from.height + (y === 0 ? -dy : dy),
    });
  }

  #drag(down: PointerEvent, moved: (dx: number, dy: number, from: Box) => Box): void {
    down.preventDefault();
    down.stopPropagation();
    this.#box.focus({ preventScroll: true });
    const from = this.#crop;
    const size = this.node.getBoundingClientRect();
    const target = down.currentTarget as HTMLElement;
    target.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => this.#set(moved((event.clientX - down.clientX) / size.width, (event.clientY - down.clientY) / size.height, from));
    const end = (): void => target.removeEventListener('pointermove', move);
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', end, { once: true });
    target.addEventListener('pointercancel', end, { once: true });
  }

  #key(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const [dx, dy] = [step[0] * kKeyStep, step[1] * kKeyStep];
    this.#set(event.shiftKey ? resizeBox(this.#crop, dx, dy) : moveBox(this.#crop, dx, dy));
  }

  #set(box: Box): void {
    this.#crop = clampBox(box);
    this.#regions.replaceChildren();
    this.#place();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, kSettleMs);
  }

  #place(): void {
    const { style } = this.#box;
    style.left = `${this.#crop.x * 100}%`;
    style.top = `${this.#crop.y * 100}%`;
    style.width = `${this.#crop.width * 100}%`;
    style.height = `${this.#crop.height * 100}%`;
  }
}
