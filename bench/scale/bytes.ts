import { questionToWire } from "../../src/schema.ts";
import { nextQuestion } from "../requests/questions.ts";

/** Headers of a signed question, and of the answer with its body: counted once with a proxy, and steady. */
const [HEADER_BYTES, ANSWER_BYTES] = [560, 320];

/** One signed question and its answer on the wire, bytes; TLS and TCP apart. */
export const questionBytes = (): number =>
  JSON.stringify(questionToWire(nextQuestion())).length + HEADER_BYTES + ANSWER_BYTES;
