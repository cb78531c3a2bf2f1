/**
 * The three products of a dense layer, in plain JavaScript. Weights are `outputs x inputs`, row-major, as PyTorch has them.
 * Every sum has one accumulator and one order, whatever the block it falls in, so a row gives the same bits alone as in a
 * batch. Blocks of 2 x 4 accumulators keep eight sums in registers: three loads for four products instead of eight.
 */

/** y = x W^T + b: `x` rows x inputs, `y` rows x outputs. */
export function denseForward(
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  y: Float64Array,
  rows: number,
  inputs: number,
  outputs: number,
): void {
  const outputs4 = outputs - (outputs % 4);
  let row = 0;
  for (; row + 1 < rows; row += 2) {
    const x0 = row * inputs;
    const x1 = x0 + inputs;
    const y0 = row * outputs;
    const y1 = y0 + outputs;
    for (let o = 0; o < outputs4; o += 4) {
      const w0 = o * inputs;
      const w1 = w0 + inputs;
      const w2 = w1 + inputs;
      const w3 = w2 + inputs;
      let s00 = bias[o];
      let s01 = bias[o + 1];
      let s02 = bias[o + 2];
      let s03 = bias[o + 3];
      let s10 = s00;
      let s11 = s01;
      let s12 = s02;
      let s13 = s03;
      for (let i = 0; i < inputs; i++) {
        const a = x[x0 + i];
        const b = x[x1 + i];
        const p = weight[w0 + i];
        const q = weight[w1 + i];
        const r = weight[w2 + i];
        const s = weight[w3 + i];
        s00 += a * p;
        s01 += a * q;
        s02 += a * r;
        s03 += a * s;
        s10 += b * p;
        s11 += b * q;
        s12 += b * r;
        s13 += b * s;
      }
      y[y0 + o] = s00;
      y[y0 + o + 1] = s01;
      y[y0 + o + 2] = s02;
      y[y0 + o + 3] = s03;
      y[y1 + o] = s10;
      y[y1 + o + 1] = s11;
      y[y1 + o + 2] = s12;
      y[y1 + o + 3] = s13;
    }
  }
  for (; row < rows; row++) {
    for (let o = 0; o < outputs4; o += 4) denseForward4(x, weight, bias, y, row, inputs, outputs, o);
  }
  for (let r = 0; r < rows; r++) {
    for (let o = outputs4; o < outputs; o++) {
      let sum = bias[o];
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i] * weight[o * inputs + i];
      y[r * outputs + o] = sum;
    }
  }
}

/** Four outputs of one row: the path of batch-1 serving and of an odd last row. */
function denseForward4(
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  y: Float64Array,
  row: number,
  inputs: number,
  outputs: number,
  o: number,
): void {
  const x0 = row * inputs;
  const w0 = o * inputs;
  const w1 = w0 + inputs;
  const w2 = w1 + inputs;
  const w3 = w2 + inputs;
  let s0 = bias[o];
  let s1 = bias[o + 1];
  let s2 = bias[o + 2];
  let s3 = bias[o + 3];
  for (let i = 0; i < inputs; i++) {
    const a = x[x0 + i];
    s0 += a * weight[w0 + i];
    s1 += a * weight[w1 + i];
    s2 += a * weight[w2 + i];
    s3 += a * weight[w3 + i];
  }
  const y0 = row * outputs + o;
  y[y0] = s0;
  y[y0 + 1] = s1;
  y[y0 + 2] = s2;
  y[y0 + 3] = s3;
}

/**
 * c = a b, with `a` taken by the strides: `c[m, n] = sum over k of a[m, k] * b[k, n]`, `b` and `c` row-major of width `n`.
 * With a = dy it gives dx (b = W); with a = dy transposed it gives dW (b = x).
 */
export function multiply(
  a: Float64Array,
  rowStride: number,
  columnStride: number,
  b: Float64Array,
  c: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  const n4 = n - (n % 4);
  let row = 0;
  for (; row + 1 < m; row += 2) {
    const c0 = row * n;
    const c1 = c0 + n;
    for (let j = 0; j < n4; j += 4) {
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let at = row * rowStride;
      let bt = j;
      for (let i = 0; i < k; i++) {
        const u = a[at];
        const v = a[at + rowStride];
        const p = b[bt];
        const q = b[bt + 1];
        const r = b[bt + 2];
        const s = b[bt + 3];
        s00 += u * p;
        s01 += u * q;
        s02 += u * r;
        s03 += u * s;
        s10 += v * p;
        s11 += v * q;
        s12 += v * r;
        s13 += v * s;
        at += columnStride;
        bt += n;
      }
      c[c0 + j] = s00;
      c[c0 + j + 1] = s01;
      c[c0 + j + 2] = s02;
      c[c0 + j + 3] = s03;
      c[c1 + j] = s10;
      c[c1 + j + 1] = s11;
      c[c1 + j + 2] = s12;
      c[c1 + j + 3] = s13;
    }
    for (let j = n4; j < n; j++) {
      c[c0 + j] = dotColumn(a, row * rowStride, columnStride, b, j, k, n);
      c[c1 + j] = dotColumn(a, (row + 1) * rowStride, columnStride, b, j, k, n);
    }
  }
  for (; row < m; row++) {
    for (let j = 0; j < n; j++) c[row * n + j] = dotColumn(a, row * rowStride, columnStride, b, j, k, n);
  }
}

function dotColumn(a: Float64Array, at: number, stride: number, b: Float64Array, j: number, k: number, n: number) {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += a[at + i * stride] * b[i * n + j];
  return sum;
}

/** dx = dy W: `dy` rows x outputs, `dx` rows x inputs. */
export function denseBackwardInput(
  dy: Float64Array,
  weight: Float64Array,
  dx: Float64Array,
  rows: number,
  inputs: number,
  outputs: number,
): void {
  multiply(dy, outputs, 1, weight, dx, rows, outputs, inputs);
}

/** dW = dy^T x and db = column sums of dy. */
export function denseBackwardWeights(
  dy: Float64Array,
  x: Float64Array,
  dWeight: Float64Array,
  dBias: Float64Array,
  rows: number,
  inputs: number,
  outputs: number,
): void {
  multiply(dy, 1, outputs, x, dWeight, outputs, rows, inputs);
  dBias.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outputs; o++) dBias[o] += dy[row * outputs + o];
  }
}
