import { named } from "./named.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("en");

// Of the passages that become clips; loaded where they are looked for.
const sentences = {
  heading: "Clips",
  hint: "The best passages of the recording, each as a short video.",
  count: "How many",
  length: "Length",
  lengths: named({
    short: "10 to 30 seconds",
    medium: "15 to 60 seconds",
    long: "1 to 3 minutes",
  }),
  planner: "Who chooses the passages",
  plannerHint: "A language model also says why it chose each.",
  finding: "Choosing the passages",
  found: (count: number) =>
    p(count, { one: "# passage was found.", other: "# passages were found." }),
  list: "Passages that were found",
  hear: (title: string) => `Listen: ${title}`,
  heard: (title: string) => `The passage: ${title}`,
  make: (title: string) => `Make the video: ${title}`,
  makeAll: (count: number) => p(count, { one: "Make the video", other: "Make all # videos" }),
  ordered: (count: number) =>
    p(count, { one: "# video is being made.", other: "# videos are being made." }),
  why: (reasons: string) => `Why: ${reasons}.`,
  reasons: named({
    key_phrases: "it is about the main topics of the recording",
    stands_alone: "it makes sense on its own",
    question: "it begins with a question",
    number: "it begins with a number",
    contrast: "it makes a contrast",
    conversation: "several people speak",
  }),
};

export type ClipsSentences = typeof sentences;
export default sentences;
