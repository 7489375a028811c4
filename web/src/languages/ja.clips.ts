import type { ClipsSentences } from "./en.clips.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"other">("ja");

const sentences: ClipsSentences = {
  heading: "ショート",
  hint: "録音の中で見どころを、それぞれ短い動画にします。",
  count: "本数",
  length: "長さ",
  lengths: {
    short: "10〜30 秒",
    medium: "15〜60 秒",
    long: "1〜3 分",
  },
  planner: "見どころを選ぶもの",
  plannerHint: "言語モデルは選んだ理由も示します。",
  finding: "見どころを選んでいます",
  found: (count) => p(count, { other: "見どころが # 件見つかりました。" }),
  list: "見つかった見どころ",
  hear: (title) => `聞く: ${title}`,
  heard: (title) => `見どころ: ${title}`,
  make: (title) => `動画を作成: ${title}`,
  makeAll: (count) => p(count, { other: "# 本の動画をすべて作成" }),
  ordered: (count) => p(count, { other: "# 本の動画を作成しています。" }),
  why: (reasons) => `理由: ${reasons}。`,
  reasons: {
    key_phrases: "録音でよく話される内容である",
    stands_alone: "単独で理解できる",
    question: "質問で始まる",
    number: "数字で始まる",
    contrast: "良いことと悪いことの両方がある",
    conversation: "複数の人が話している",
  },
};

export default sentences;
