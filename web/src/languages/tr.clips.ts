import type { ClipsSentences } from "./en.clips.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<never>("tr");

const sentences: ClipsSentences = {
  heading: "Kısa klipler",
  hint: "Kaydın en iyi bölümleri, her biri ayrı bir kısa video.",
  count: "Kaç tane",
  length: "Uzunluk",
  lengths: {
    short: "10 ile 30 saniye arası",
    medium: "15 ile 60 saniye arası",
    long: "1 ile 3 dakika arası",
  },
  planner: "Bölümleri kim seçsin",
  plannerHint: "Bir dil modeli her birini neden seçtiğini de söyler.",
  finding: "Bölümler seçiliyor",
  found: (count) => p(count, { other: "# bölüm bulundu." }),
  list: "Bulunan bölümler",
  hear: (title) => `Dinle: ${title}`,
  heard: (title) => `Bölüm: ${title}`,
  make: (title) => `Videoyu hazırla: ${title}`,
  makeAll: (count) => p(count, { other: "# videoyu hazırla" }),
  ordered: (count) => p(count, { other: "# video hazırlanıyor." }),
  why: (reasons) => `Neden: ${reasons}.`,
  reasons: {
    key_phrases: "kayıtta çok konuşulan konuyu anlatıyor",
    stands_alone: "tek başına anlaşılıyor",
    question: "bir soruyla başlıyor",
    number: "bir sayıyla başlıyor",
    contrast: "iyi ile kötü bir arada",
    conversation: "birkaç kişi konuşuyor",
  },
};

export default sentences;
