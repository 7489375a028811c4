import type { ClipsSentences } from "./en.clips.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("fr");

const sentences: ClipsSentences = {
  heading: "Extraits",
  hint: "Les meilleurs passages de l’enregistrement, chacun une courte vidéo.",
  count: "Combien",
  length: "Durée",
  lengths: {
    short: "10 à 30 secondes",
    medium: "15 à 60 secondes",
    long: "1 à 3 minutes",
  },
  planner: "Qui choisit les passages",
  plannerHint: "Un modèle de langue dit aussi pourquoi il a choisi chacun.",
  finding: "Choix des passages",
  found: (count) =>
    p(count, { one: "# passage a été trouvé.", other: "# passages ont été trouvés." }),
  list: "Passages trouvés",
  hear: (title) => `Écouter : ${title}`,
  heard: (title) => `Le passage : ${title}`,
  make: (title) => `Créer la vidéo : ${title}`,
  makeAll: (count) => p(count, { one: "Créer la vidéo", other: "Créer les # vidéos" }),
  ordered: (count) => p(count, { one: "# vidéo est en cours.", other: "# vidéos sont en cours." }),
  why: (reasons) => `Pourquoi : ${reasons}.`,
  reasons: {
    key_phrases: "on y parle de ce qui revient souvent dans l’enregistrement",
    stands_alone: "il se comprend seul",
    question: "il commence par une question",
    number: "il commence par un nombre",
    contrast: "le bon et le mauvais s’y rencontrent",
    conversation: "plusieurs personnes parlent",
  },
};

export default sentences;
