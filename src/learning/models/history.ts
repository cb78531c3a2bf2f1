/** What the classifier came to after an epoch: enough for a progress bar and for a plot. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  readonly trainLoss: number;
  readonly valLoss: number;
  /** Null when the validation rows hold one class only. */
  readonly valAuc: number | null;
  readonly valBrier: number | null;
  readonly rowsPerSecond: number;
}

/** How a training went. Only networks have epochs. */
export interface History {
  readonly epochs: readonly EpochReport[];
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  /** The signal stopped it; the model is the best so far. */
  readonly aborted: boolean;
}
