// Rectangles of a photo, in fractions of its sides. No DOM.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

export const kWhole: Box = { x: 0, y: 0, width: 1, height: 1 };

// A crop smaller than this shows the encoder nothing.
export const kSideMin = 0.05;

const limited = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);

// The nearest box that lies inside the photo and is large enough. Moving keeps the size.
export function clampBox(box: Box): Box {
  const width = limited(box.width, kSideMin, 1);
  const height = limited(box.height, kSideMin, 1);
  return { x: limited(box.x, 0, 1 - width), y: limited(box.y, 0, 1 - height), width, height };
}

// The part of the box that lies inside the photo, as when a corner is dragged over the border.
export function intersectBox(box: Box): Box {
  const left = limited(box.x, 0, 1 - kSideMin);
  const top = limited(box.y, 0, 1 - kSideMin);
  const right = limited(box.x + box.width, left + kSideMin, 1);
  const bottom = limited(box.y + box.height, top + kSideMin, 1);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export function moveBox(box: Box, dx: number, dy: number): Box {
  return clampBox({ ...box, x: box.x + dx, y: box.y + dy });
}

// Grows (or shrinks) each side by so much of the photo about the box's centre.
export function growBox(box: Box, by: number): Box {
  return clampBox({ x: box.x - by / 2, y: box.y - by / 2, width: box.width + by, height: box.height + by });
}

export function resizeBox(box: Box, dWidth: number, dHeight: number): Box {
  return intersectBox({ ...box, width: Math.max(box.width + dWidth, kSideMin), height: Math.max(box.height + dHeight, kSideMin) });
}

export function isWhole(box: Box): boolean {
  return box.x <= 0.005 && box.y <= 0.005 && box.width >= 0.99 && box.height >= 0.99;
}

// The API's `crop`: nothing for the whole photo. Rounded down so that x + w never exceeds 1.
export function cropParameter(box: Box): string | undefined {
  if (isWhole(box)) return undefined;
  const inside = intersectBox(box);
  const x = Math.round(inside.x * 1e4) / 1e4;
  const y = Math.round(inside.y * 1e4) / 1e4;
  const width = Math.floor(Math.min(inside.width, 1 - x) * 1e4) / 1e4;
  const height = Math.floor(Math.min(inside.height, 1 - y) * 1e4) / 1e4;
  return [x, y, width, height].map((n) => String(Math.round(n * 1e4) / 1e4)).join(',');
}

export function toPixels(box: Box, size: Size): Box {
  return { x: box.x * size.width, y: box.y * size.height, width: box.width * size.width, height: box.height * size.height };
}

export function toFractions(pixels: Box, size: Size): Box {
  return { x: pixels.x / size.width, y: pixels.y / size.height, width: pixels.width / size.width, height: pixels.height / size.height };
}

// Scaled down so that the longer side is at most `sideMax`; never up.
export function fitWithin(size: Size, sideMax: number): Size {
  const scale = Math.min(1, sideMax / Math.max(size.width, size.height));
  return { width: Math.max(1, Math.round(size.width * scale)), height: Math.max(1, Math.round(size.height * scale)) };
}

// How to show the box alone in a frame of the photo's own scale: CSS size and offset of the whole picture, in percent
// of the frame. The frame has the aspect ratio of the box.
export function frameOf(box: Box): { width: number; height: number; left: number; top: number } {
  return { width: 100 / box.width, height: 100 / box.height, left: (-100 * box.x) / box.width, top: (-100 * box.y) / box.height };
}
