import type { ClipsSentences } from "./en.clips.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("de");

const sentences: ClipsSentences = {
  heading: "Kurzclips",
  hint: "Die besten Stellen der Aufnahme, jede ein kurzes Video für sich.",
  count: "Wie viele",
  length: "Länge",
  lengths: {
    short: "10 bis 30 Sekunden",
    medium: "15 bis 60 Sekunden",
    long: "1 bis 3 Minuten",
  },
  planner: "Wer die Stellen auswählt",
  plannerHint: "Ein Sprachmodell sagt auch, warum es jede gewählt hat.",
  finding: "Die Stellen werden ausgewählt",
  found: (count) =>
    p(count, { one: "# Stelle wurde gefunden.", other: "# Stellen wurden gefunden." }),
  list: "Gefundene Stellen",
  hear: (title) => `Anhören: ${title}`,
  heard: (title) => `Die Stelle: ${title}`,
  make: (title) => `Video erstellen: ${title}`,
  makeAll: (count) => p(count, { one: "Video erstellen", other: "Alle # Videos erstellen" }),
  ordered: (count) =>
    p(count, { one: "# Video wird erstellt.", other: "# Videos werden erstellt." }),
  why: (reasons) => `Warum: ${reasons}.`,
  reasons: {
    key_phrases: "sie handelt von dem, worum es in der Aufnahme oft geht",
    stands_alone: "sie ist für sich verständlich",
    question: "sie beginnt mit einer Frage",
    number: "sie beginnt mit einer Zahl",
    contrast: "Gutes und Schlechtes treffen aufeinander",
    conversation: "mehrere sprechen",
  },
};

export default sentences;
