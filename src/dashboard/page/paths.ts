const part = encodeURIComponent;

/** Where each document of the node is; relative, so that a proxy may put the page under a path of its own. */
export const paths = {
  overview: "api/overview",
  logs: "api/logs",
  logsWith: (level: string, q: string) => `api/logs?${new URLSearchParams({ level, q, limit: "300" })}`,
  miner: (id: string) => `api/miners/${part(id)}`,
  scores: (id: string) => `api/miners/${part(id)}/scores?points=150`,
  incentive: (id: string) => `api/miners/${part(id)}/incentive`,
  answers: (id: string) => `api/miners/${part(id)}/answers`,
  answer: (id: string, validator: string, question: string) =>
    `api/miners/${part(id)}/answers/${part(validator)}/${part(question)}`,
  validator: (id: string) => `api/validators/${part(id)}`,
  questions: (id: string) => `api/validators/${part(id)}/questions`,
  question: (id: string, number: string | number) => `api/validators/${part(id)}/questions/${part(number)}`,
  explanation: (id: string, number: string | number, hotkey: string) =>
    `api/validators/${part(id)}/questions/${part(number)}/miners/${part(hotkey)}`,
  peer: (id: string, hotkey: string) => `api/validators/${part(id)}/miners/${part(hotkey)}?points=150`,
  weights: (id: string) => `api/validators/${part(id)}/weights`,
  network: (id: string) => `api/networks/${part(id)}`,
  neuronIncentive: (id: string, hotkey: string) =>
    `api/networks/${part(id)}/incentive?${new URLSearchParams({ hotkey })}`,
} as const;
