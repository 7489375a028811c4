import type { ClipsSentences } from "./en.clips.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"zero" | "one" | "two" | "few" | "many">("ar");

const sentences: ClipsSentences = {
  heading: "المقاطع القصيرة",
  hint: "أفضل فقرات التسجيل، كل منها فيديو قصير مستقل.",
  count: "العدد",
  length: "الطول",
  lengths: {
    short: "من 10 إلى 30 ثانية",
    medium: "من 15 إلى 60 ثانية",
    long: "من دقيقة إلى 3 دقائق",
  },
  planner: "من يختار الفقرات",
  plannerHint: "النموذج اللغوي يذكر أيضًا سبب اختيار كل فقرة.",
  finding: "جارٍ اختيار الفقرات",
  found: (count) =>
    p(count, {
      zero: "لم يُعثر على فقرات.",
      one: "عُثر على فقرة واحدة.",
      two: "عُثر على فقرتين.",
      few: "عُثر على # فقرات.",
      many: "عُثر على # فقرة.",
      other: "عُثر على # فقرة.",
    }),
  list: "الفقرات التي عُثر عليها",
  hear: (title) => `استماع: ${title}`,
  heard: (title) => `الفقرة: ${title}`,
  make: (title) => `إنشاء الفيديو: ${title}`,
  makeAll: (count) =>
    p(count, {
      zero: "إنشاء الفيديو",
      one: "إنشاء الفيديو",
      two: "إنشاء الفيديوهين",
      few: "إنشاء # فيديوهات كلها",
      many: "إنشاء # فيديو كلها",
      other: "إنشاء # فيديو كلها",
    }),
  ordered: (count) =>
    p(count, {
      zero: "لا يُنشأ أي فيديو.",
      one: "يُنشأ فيديو واحد.",
      two: "يُنشأ فيديوهان.",
      few: "يُنشأ # فيديوهات.",
      many: "يُنشأ # فيديو.",
      other: "يُنشأ # فيديو.",
    }),
  why: (reasons) => `السبب: ${reasons}.`,
  reasons: {
    key_phrases: "تتناول ما يتكرر في التسجيل",
    stands_alone: "تُفهم وحدها",
    question: "تبدأ بسؤال",
    number: "تبدأ برقم",
    contrast: "يلتقي فيها الجيد والسيئ",
    conversation: "يتحدث فيها أكثر من شخص",
  },
};

export default sentences;
