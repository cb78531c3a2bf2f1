/**
 * The guide's CustomModel: a network of your own as a list of layers, trained and measured.
 * Run it in the repository's folder: npm run example -- custom-model
 */
import {
  BinaryClassificationMiner,
  batchNorm,
  dense,
  describeModel,
  dropout,
  evaluate,
  loadData,
  network,
  relu,
  sigmoid,
  syntheticDataset,
  toDataset,
  trainModel,
} from "conversion-subnet/learning";

const customModel = network([
  dense(40, 128),
  batchNorm(128),
  relu(),
  dropout(0.3),
  dense(128, 64),
  relu(),
  dense(64, 32),
  relu(),
  dense(32, 1),
  sigmoid(),
]);

// With data of your own: loadData("path/to/train.csv").
const { XTrain, XTest, yTrain, yTest } = await loadData(syntheticDataset({ rows: 4000, seed: 7 }));
const miner = new BinaryClassificationMiner({ network: customModel });
const history = await trainModel({
  miner,
  XTrain,
  yTrain,
  epochs: 20,
  batchSize: 64,
  learningRate: 0.001,
  onEpoch: ({ epoch, epochs, trainLoss, valLoss }) =>
    console.log(`epoch ${epoch}/${epochs}  loss ${trainLoss.toFixed(4)}  validation ${valLoss.toFixed(4)}`),
});

if (miner.model !== null) {
  console.log(`Best epoch: ${history.bestEpoch}. ${describeModel(miner.model).text}`);
  console.log(evaluate(miner.model, toDataset(XTest, yTest)));
}
