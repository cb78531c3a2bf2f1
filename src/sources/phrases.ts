/** The words of simulated conversations. No digits but in what is given: the entity finder counts them. */

/** At least one, so that one can be picked. */
type Phrases = readonly [string, ...string[]];

/** What conversations are about. */
export const TOPICS: Phrases = [
  "a room by the sea",
  "a phone plan",
  "car insurance",
  "a cooking class",
  "a gym membership",
];

export const GREETINGS: Phrases = [
  "Hello, welcome! How can I help you today?",
  "Hi there, what can I do for you?",
  "Good day.",
];
export const OPENINGS: Phrases = [
  "hi, I am looking for {topic}",
  "hello, I need {topic}",
  "Hey, do you offer {topic}",
  "{topic} please",
];

/** How an agent asks for each thing, and how it asks again in the same words. */
export const ASKS = {
  email: ["What e-mail address may I send the offer to?", "May I have your e-mail, please?"],
  phone: ["Which phone number can we reach you at?", "Could you tell me your phone number?"],
  date: ["On what day would you like to start?", "Which date suits you best?"],
  money: ["What budget do you have in mind?", "How much would you like to spend?"],
  time: ["At what time may we call you?", "What time of the day is good for you?"],
  name: ["May I have your name?", "Whom am I talking to?"],
} as const;

export const TELLS: Phrases = [
  "Let me look that up for you.",
  "One moment, please.",
  "That is in our list.",
  "I see.",
  "Right.",
];
export const AGENT_FILLERS: Phrases = [
  "Most of our customers are very happy with it.",
  "You can change it or give it back later without any cost.",
  "It takes a moment only.",
  "I have checked, and there is still one left.",
  "We never pass anything on to others.",
  "Thank you for your patience.",
  "That is no problem at all.",
  "Of course.",
];

export const EVASIONS: Phrases = [
  "I would rather not say yet",
  "later maybe",
  "not now",
  "hm, not sure",
  "why do you need that",
];
export const CHATS: Phrases = [
  "ok",
  "sounds good",
  "I see",
  "alright then",
  "that is fine with me",
  "hm, let me think",
];
export const USER_FILLERS: Phrases = [
  "my sister told me about you",
  "I have been looking around for a while",
  "it is for the whole family",
  "we would like it nice and quiet",
  "nothing too fancy",
  "the sooner the better",
  "thanks a lot",
  "you know how it is",
  "if that is ok",
  "really",
];
export const USER_QUESTIONS: Phrases = [
  "is it really safe?",
  "what does it cost?",
  "can I cancel?",
  "are there any hidden fees?",
  "who are you?",
];

export const BYES: Phrases = ["no thanks, bye", "I will think about it", "that is too much for me, goodbye"];
export const THANKS: Phrases = [
  "Done, thank you very much!",
  "Wonderful, you will hear from us soon.",
  "Thank you, it is all booked.",
];

export const FIRST_NAMES: Phrases = ["Ann", "Ben", "Carla", "Deniz", "Emil", "Fatima", "Goran", "Hana", "Ines", "Joon"];
export const LAST_NAMES: Phrases = [
  "Archer",
  "Brook",
  "Castle",
  "Dale",
  "Ferry",
  "Grove",
  "Hill",
  "Lake",
  "Marsh",
  "Stone",
];
export const MONTHS: Phrases = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "October",
  "November",
];
