import type { ClipsSentences } from "./en.clips.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("es");

const sentences: ClipsSentences = {
  heading: "Fragmentos",
  hint: "Los mejores pasajes de la grabación, cada uno un vídeo corto.",
  count: "Cuántos",
  length: "Duración",
  lengths: {
    short: "De 10 a 30 segundos",
    medium: "De 15 a 60 segundos",
    long: "De 1 a 3 minutos",
  },
  planner: "Quién elige los pasajes",
  plannerHint: "Un modelo de lenguaje también dice por qué eligió cada uno.",
  finding: "Eligiendo los pasajes",
  found: (count) => p(count, { one: "Se encontró # pasaje.", other: "Se encontraron # pasajes." }),
  list: "Pasajes encontrados",
  hear: (title) => `Escuchar: ${title}`,
  heard: (title) => `El pasaje: ${title}`,
  make: (title) => `Crear el vídeo: ${title}`,
  makeAll: (count) => p(count, { one: "Crear el vídeo", other: "Crear los # vídeos" }),
  ordered: (count) =>
    p(count, { one: "Se está creando # vídeo.", other: "Se están creando # vídeos." }),
  why: (reasons) => `Por qué: ${reasons}.`,
  reasons: {
    key_phrases: "trata de lo que más se habla en la grabación",
    stands_alone: "se entiende por sí solo",
    question: "empieza con una pregunta",
    number: "empieza con un número",
    contrast: "lo bueno y lo malo se encuentran",
    conversation: "hablan varias personas",
  },
};

export default sentences;
