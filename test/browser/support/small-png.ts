/** A screenshot with a palette of at most 256 colours: a page has few, and the file is a third as large. */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB of each. */
  readonly colors: Uint32Array;
}

function chunksOf(png: Buffer): { readonly type: string; readonly data: Buffer }[] {
  const chunks = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/** The filters of PNG, undone in place: each byte was told by what it differs from those to the left and above. */
function unfiltered(raw: Buffer, width: number, height: number, channels: number): Buffer {
  const stride = width * channels;
  const out = Buffer.alloc(stride * height);
  const byte = (row: number, i: number) => (row < 0 || i < 0 ? 0 : (out[row * stride + i] ?? 0));
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const [a, b, c] = [byte(row, i - channels), byte(row - 1, i), i < channels ? 0 : byte(row - 1, i - channels)];
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const guess = [0, a, b, (a + b) >> 1, paeth][filter ?? 0] ?? 0;
      out[row * stride + i] = ((raw[row * (stride + 1) + 1 + i] ?? 0) + guess) & 255;
    }
  }
  return out;
}

/** The pixels of an 8-bit RGB or RGBA image without interlace, as Chromium writes them. */
export function readPng(png: Buffer): Pixels {
  const chunks = chunksOf(png);
  const head = chunks.find(({ type }) => type === "IHDR")?.data ?? Buffer.alloc(13);
  const [width, height, channels] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9] === 6 ? 4 : 3];
  if (head[8] !== 8 || (head[9] !== 6 && head[9] !== 2) || head[12] !== 0) throw new Error("Not a PNG of this kind.");
  const body = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const bytes = unfiltered(inflateSync(body), width, height, channels);
  const colors = new Uint32Array(width * height);
  for (let i = 0; i < colors.length; i++) colors[i] = bytes.readUIntBE(i * channels, 3);
  return { width, height, colors };
}

const apart = (a: number, b: number) => {
  const [r, g, bl] = [(a >> 16) - (b >> 16), ((a >> 8) & 255) - ((b >> 8) & 255), (a & 255) - (b & 255)];
  return 3 * r * r + 4 * g * g + 2 * bl * bl;
};
/** What is between two letters' edges need not be exact: a few bits of each part are enough to tell colours apart. */
const coarse = (color: number) => color & 0xf8f8f8;

/** The most frequent colours; of those that look alike the most frequent one only. */
function paletteOf({ colors }: Pixels): number[] {
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const families = new Set<number>();
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([color]) => color);
  const distinct = byCount.filter((color, i) => {
    const family = coarse(color);
    // The grounds are kept as they are, however near they are to one another.
    if (i < 24 || !families.has(family)) return families.add(family);
    return false;
  });
  return distinct.slice(0, 256);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The same picture with a palette. */
export function smallPng(png: Buffer): Buffer {
  const pixels = readPng(png);
  const { width, height, colors } = pixels;
  const palette = paletteOf(pixels);
  const nearest = new Map(palette.map((color, i) => [color, i]));
  const indexOf = (color: number) => {
    const known = nearest.get(color);
    if (known !== undefined) return known;
    let best = 0;
    for (let i = 1; i < palette.length; i++) {
      if (apart(palette[i] ?? 0, color) < apart(palette[best] ?? 0, color)) best = i;
    }
    nearest.set(color, best);
    return best;
  };
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf(colors[y * width + x] ?? 0);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.alloc(palette.length * 3);
  for (const [i, color] of palette.entries()) table.writeUIntBE(color, i * 3, 3);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", head),
    chunk("PLTE", table),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
