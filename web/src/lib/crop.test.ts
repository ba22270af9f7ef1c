import { describe, expect, it } from 'vitest';
import { clampBox, cropParameter, fitWithin, frameOf, growBox, intersectBox, isWhole, kSideMin, kWhole, moveBox, resizeBox, toFractions, toPixels } from './crop';

describe('a crop', () => {
  it('stays inside the photo when it is moved, and keeps its size', () => {
    const box = { x: 0.5, y: 0.5, width: 0.4, height: 0.3 };
    expect(moveBox(box, 1, 1)).toEqual({ x: 0.6, y: 0.7, width: 0.4, height: 0.3 });
    expect(moveBox(box, -1, -1)).toEqual({ x: 0, y: 0, width: 0.4, height: 0.3 });
  });

  it('loses what is dragged over the border', () => {
    expect(intersectBox({ x: -0.2, y: 0.5, width: 0.5, height: 0.9 })).toEqual({ x: 0, y: 0.5, width: 0.3, height: 0.5 });
  });

  it('is never smaller than the least side, wherever it is', () => {
    for (const at of [0, 0.5, 0.999, 1, 7]) {
      const box = intersectBox({ x: at, y: at, width: 0, height: 0 });
      expect(box.width).toBeGreaterThanOrEqual(kSideMin - 1e-9);
      expect(box.x + box.width).toBeLessThanOrEqual(1 + 1e-9);
    }
    expect(growBox({ x: 0.4, y: 0.4, width: 0.1, height: 0.1 }, -1).width).toBe(kSideMin);
    expect(resizeBox({ x: 0.4, y: 0.4, width: 0.1, height: 0.1 }, -1, 0).width).toBeCloseTo(kSideMin);
  });

  it('grows about its centre until it is the whole photo', () => {
    const grown = growBox({ x: 0.4, y: 0.4, width: 0.2, height: 0.2 }, 0.2);
    expect(grown.x).toBeCloseTo(0.3);
    expect(grown.width).toBeCloseTo(0.4);
    expect(isWhole(growBox(grown, 5))).toBe(true);
  });

  it('is not sent when it is the whole photo', () => {
    expect(cropParameter(kWhole)).toBeUndefined();
    expect(cropParameter({ x: 0.001, y: 0, width: 0.998, height: 1 })).toBeUndefined();
  });

  it('is sent within 0..1 whatever the rounding', () => {
    for (let i = 0; i < 500; ++i) {
      const x = (i * 0.0137) % 0.9;
      const text = cropParameter({ x, y: x / 2, width: 1 - x, height: 0.5 });
      if (text === undefined) continue;
      const [left = NaN, top = NaN, width = NaN, height = NaN] = text.split(',').map(Number);
      expect(left + width).toBeLessThanOrEqual(1 + 1e-9);
      expect(top + height).toBeLessThanOrEqual(1 + 1e-9);
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(Math.min(width, height)).toBeGreaterThan(0);
    }
    expect(cropParameter({ x: 0.1, y: 0.2, width: 0.5, height: 0.6 })).toBe('0.1,0.2,0.5,0.6');
  });

  it('survives pixels and back', () => {
    const box = { x: 0.25, y: 0.1, width: 0.5, height: 0.3 };
    const size = { width: 640, height: 480 };
    expect(toFractions(toPixels(box, size), size)).toEqual(box);
    expect(clampBox(box)).toEqual(box);
  });

  it('fills its frame', () => {
    expect(frameOf({ x: 0.25, y: 0, width: 0.5, height: 1 })).toEqual({ width: 200, height: 100, left: -50, top: -0 });
  });
});

describe('a photo for upload', () => {
  it('is scaled down to the longer side and never up', () => {
    expect(fitWithin({ width: 6000, height: 4000 }, 1600)).toEqual({ width: 1600, height: 1067 });
    expect(fitWithin({ width: 300, height: 200 }, 1600)).toEqual({ width: 300, height: 200 });
    expect(fitWithin({ width: 30000, height: 2 }, 1600)).toEqual({ width: 1600, height: 1 });
  });
});
