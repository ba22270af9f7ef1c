// A shopper's file → what is uploaded: small enough for a phone's connection, in a format that the server reads.
import { ApiError } from './api/client';
import { fitWithin, type Size } from './crop';

// Far above the encoder's input, so that a tight crop still has pixels.
const kSideMax = 1600;
const kBytesMax = 3_000_000;
const kServerTypes: readonly string[] = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];

export interface Photo extends Size {
  blob: Blob;
  url: string; // an object URL; release() it
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file); // upright: browsers apply the orientation
  } catch {
    const known = kServerTypes.includes(file.type) && file.size > 0;
    throw new ApiError(known ? 'damaged_image' : 'unsupported_image', file.type);
  }
}

// Draws on white, as the server does with transparent pictures. Drops all metadata.
async function reencode(bitmap: ImageBitmap, size: Size): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext('2d');
  if (context === null) throw new ApiError('image_too_large', 'no canvas of this size');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
  if (blob === null) throw new ApiError('image_too_large', 'no canvas of this size');
  return blob;
}

// Throws ApiError `unsupported_image`, `damaged_image` or `image_too_large`.
export async function preparePhoto(file: Blob): Promise<Photo> {
  const bitmap = await decode(file);
  try {
    const size = fitWithin(bitmap, kSideMax);
    const fits = size.width === bitmap.width && size.height === bitmap.height && file.size <= kBytesMax;
    const blob = fits && kServerTypes.includes(file.type) ? file : await reencode(bitmap, size);
    return { blob, url: URL.createObjectURL(blob), ...size };
  } finally {
    bitmap.close();
  }
}

export function releasePhoto(photo: Photo): void {
  URL.revokeObjectURL(photo.url);
}

// The first picture of a drop or a paste.
export function pictureIn(transfer: DataTransfer | null): File | undefined {
  const files = Array.from(transfer?.files ?? []);
  return files.find((file) => file.type.startsWith('image/')) ?? files[0];
}
