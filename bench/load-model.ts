/** A process that loads the model file of its first argument, answers the question of its second, and prints milliseconds. */
import { createPredictor, readModelFile } from "../src/learning/index.ts";
import type { Question } from "../src/schema.ts";

const [path = "", question = ""] = process.argv.slice(2);
const asked: Question = JSON.parse(question);
const start = performance.now();
const answer = createPredictor(await readModelFile(path))(asked);
const ms = performance.now() - start;
if (answer.confidence === null) throw new Error("nothing was said");
console.log(ms);
