// Pictures to search with, and ways to hand them to the page.
import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, sum]);
}

// A bare wall, which no shop sells.
export function wallPng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(side * 3, 0x80)])));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

export interface PhotoFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export async function samplePhoto(address: string, headers: Record<string, string> = {}): Promise<PhotoFile> {
  const shop = (await (await fetch(`${address}/api/v1/shop`, { headers })).json()) as { samples: { url: string }[] };
  const sample = shop.samples[0];
  if (sample === undefined) throw new Error('the shop has no sample photos');
  const answer = await fetch(address + sample.url, { headers });
  return { name: 'sample.webp', mimeType: answer.headers.get('Content-Type') ?? '', buffer: Buffer.from(await answer.arrayBuffer()) };
}

// As a drop or a paste of that file anywhere on the page would.
export async function hand(page: Page, how: 'drop' | 'paste', file: PhotoFile): Promise<void> {
  await page.evaluate(
    ({ how, name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type }));
      if (how === 'paste') {
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
        return;
      }
      for (const kind of ['dragenter', 'dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    },
    { how, name: file.name, type: file.mimeType, base64: file.buffer.toString('base64') },
  );
}
