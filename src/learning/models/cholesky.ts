/**
 * Solves `A x = b` for a symmetric positive definite `A` (n x n, row-major; only its lower half is read) by Cholesky's
 * decomposition. A direction without curvature gets 0.
 *
 * @example
 * solveSymmetric([4, 0, 0, 2], [4, 4], 2); // [1, 2]
 */
export function solveSymmetric(A: ArrayLike<number>, b: ArrayLike<number>, n: number): Float64Array {
  const L = Float64Array.from(A);
  for (let j = 0; j < n; j++) {
    let pivot = L[j * n + j];
    for (let k = 0; k < j; k++) pivot -= L[j * n + k] ** 2;
    const root = pivot > 1e-12 * Math.abs(A[j * n + j]) ? Math.sqrt(pivot) : 0;
    L[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = L[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = root === 0 ? 0 : sum / root;
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] = L[i * n + i] === 0 ? 0 : x[i] / L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
    x[i] = L[i * n + i] === 0 ? 0 : x[i] / L[i * n + i];
  }
  return x;
}
