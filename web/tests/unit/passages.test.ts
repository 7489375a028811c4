import { describe, expect, test } from "vitest";

import {
  type Edit,
  type Transcript,
  apply,
  bordersAt,
  changedAt,
  msAtText,
  passageAtMs,
  textAtMs,
} from "../../src/transcript/passages.ts";
import { timed, transcript, written } from "./transcripts.ts";

const INTERVIEW = "Ada: we kept them / Bo: and then the roof / Ada: it leaked";

const edits: [string, Edit, string][] = [
  [
    "text",
    { kind: "text", key: "p2", text: "then the roof" },
    "Ada: we kept them / Bo: then the roof / Ada: it leaked",
  ],
  [
    "split",
    { kind: "split", key: "p2", at: 9, newKey: "n" },
    "Ada: we kept them / Bo: and then / Bo: the roof / Ada: it leaked",
  ],
  [
    "merge",
    { kind: "merge", key: "p1", following: "p2" },
    "Ada: we kept them and then the roof / Ada: it leaked",
  ],
  ["times", { kind: "times", moves: [{ key: "p2", startMs: 4500, endMs: 6000 }] }, INTERVIEW],
  ["remove", { kind: "remove", key: "p1" }, "Bo: and then the roof / Ada: it leaked"],
  [
    "check",
    { kind: "check", key: "p3", checked: true },
    "Ada: we kept them / Bo: and then the roof / Ada: it leaked ✓",
  ],
  [
    "speak",
    { kind: "speak", keys: ["p1", "p3"], speaker: "Bo" },
    "Bo: we kept them / Bo: and then the roof / Bo: it leaked",
  ],
  [
    "unite",
    { kind: "unite", into: "Bo", speakers: ["Ada"] },
    "Bo: we kept them / Bo: and then the roof / Bo: it leaked",
  ],
];

describe.each(edits)("%s", (_, edit, after) => {
  test("does what it says", () => {
    expect(written(apply(transcript(INTERVIEW), edit).transcript)).toBe(after);
  });

  test("is taken back by its inverse, and done again by the inverse of that", () => {
    const before = transcript(INTERVIEW);
    const done = apply(before, edit);
    const undone = apply(done.transcript, done.inverse);
    expect(undone.transcript).toEqual(before);
    expect(apply(undone.transcript, undone.inverse).transcript).toEqual(done.transcript);
  });
});

test("a split gives each half its words, and the border where the second begins", () => {
  const edit = { kind: "split", key: "p2", at: 9, newKey: "n" } as const;
  const { passages } = apply(transcript(INTERVIEW), edit).transcript;
  expect(timed(passages[1])).toBe("and@3 then@4");
  expect(timed(passages[2])).toBe("the@5 roof@6");
  expect(passages[1]?.endMs).toBe(5000);
  expect(passages[2]?.startMs).toBe(5000);
});

test("inside a word a passage is divided at its nearer end, and one word not at all", () => {
  const parts = (at: number) => {
    const edit = { kind: "split", key: "p2", at, newKey: "n" } as const; // "and then the roof"
    const { passages } = apply(transcript(INTERVIEW), edit).transcript;
    return passages.slice(1, 3).map(({ text }) => text);
  };
  expect(parts(5)).toEqual(["and", "then the roof"]);
  expect(parts(7)).toEqual(["and then", "the roof"]);
  expect(parts(16)).toEqual(["and then the", "roof"]);
  const one = transcript("Wait.");
  const edit = { kind: "split", key: "p1", at: 4, newKey: "n" } as const;
  expect(apply(one, edit).transcript).toBe(one);
});

test("a merge keeps the times of both", () => {
  const { passages } = apply(transcript(INTERVIEW), {
    kind: "merge",
    key: "p1",
    following: "p2",
  }).transcript;
  expect(timed(passages[0])).toBe("we@0 kept@1 them@2 and@3 then@4 the@5 roof@6");
});

test("what cannot be done changes nothing", () => {
  const before = transcript(INTERVIEW);
  const impossible: Edit[] = [
    { kind: "text", key: "gone", text: "x" },
    { kind: "split", key: "p1", at: 0, newKey: "n" },
    { kind: "split", key: "p1", at: 12, newKey: "n" },
    { kind: "merge", key: "p1", following: "p3" },
    { kind: "remove", key: "gone" },
  ];
  for (const edit of impossible) expect(apply(before, edit).transcript).toBe(before);
});

test("restoring brings back what was recognised, however often it was edited", () => {
  let now = transcript("we kept them");
  for (const text of ["we keep them", "they keep them", "x"]) {
    now = apply(now, { kind: "text", key: "p1", text }).transcript;
  }
  expect(now.passages[0]?.recognised).toBe("we kept them");
  now = apply(now, { kind: "restore", key: "p1" }).transcript;
  expect(now.passages[0]).toMatchObject({ text: "we kept them", recognised: null });
});

test("a new speaker appears with the first passage, a united one disappears", () => {
  const spoken = apply(transcript(INTERVIEW), { kind: "speak", keys: ["p3"], speaker: "Cy" });
  expect(spoken.transcript.speakers.map((each) => each.id)).toEqual(["Ada", "Bo", "Cy"]);
  const united = apply(spoken.transcript, { kind: "unite", into: "Ada", speakers: ["Cy"] });
  expect(united.transcript.speakers.map((each) => each.id)).toEqual(["Ada", "Bo"]);
});

test("the place in the sound and the place in the text agree", () => {
  const { passages } = transcript(INTERVIEW);
  const second = passages[1];
  if (!second) throw new Error("a passage is there");
  expect(passageAtMs(passages, 4500)).toBe(1);
  expect(passageAtMs(passages, -1)).toBe(-1);
  expect(second.text.slice(textAtMs(second, 5200))).toBe("the roof");
  expect(msAtText(second, second.text.indexOf("roof") + 2)).toBe(6000);
});

test("random edits and all their inverses give the first transcript back", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const first = transcript(
    Array.from({ length: 12 }, (_, n) => `${n % 2 ? "Ada" : "Bo"}: one two three four`).join(" / "),
  );
  for (let round = 0; round < 200; round += 1) {
    let now: Transcript = first;
    const inverses: Edit[] = [];
    for (let step = 0; step < 12; step += 1) {
      const done = apply(now, randomEdit(now, random, `n${step}`));
      inverses.push(done.inverse);
      now = done.transcript;
    }
    for (const inverse of inverses.reverse()) now = apply(now, inverse).transcript;
    expect(now).toEqual(first);
  }
});

function randomEdit(now: Transcript, random: (below: number) => number, newKey: string): Edit {
  const at = random(now.passages.length);
  const passage = now.passages[at];
  const next = now.passages[at + 1];
  const key = passage?.key ?? "";
  switch (random(7)) {
    case 0:
      return { kind: "split", key, at: random(20), newKey };
    case 1:
      return { kind: "merge", key, following: next?.key ?? "" };
    case 2:
      return { kind: "remove", key };
    case 3:
      return { kind: "check", key, checked: random(2) === 0 };
    case 4:
      return {
        kind: "speak",
        keys: [key, next?.key ?? ""],
        speaker: ["Ada", "Bo", "Cy"][random(3)] ?? "",
      };
    case 5:
      return { kind: "unite", into: "Ada", speakers: ["Bo"] };
    default:
      return { kind: "text", key, text: ["one", "one 👋 two", "a b c d e"][random(3)] ?? "" };
  }
}

const bordersOf = (value: Transcript) =>
  value.passages.map(({ startMs, endMs }) => `${startMs / 1000}-${endMs / 1000}`).join(" ");

test.each([
  ["end", 5000, "0-3 3-5 5-9"],
  ["end", 8000, "0-3 3-8 8-9"],
  ["start", 2000, "0-2 2-7 7-9"],
  ["start", 4000, "0-4 4-7 7-9"],
] as const)("the %s moves to %i ms, and a neighbour that touches it with it", (side, ms, after) => {
  const before = transcript(INTERVIEW);
  const edit = bordersAt(before, "p2", side, ms);
  const moved = edit ? apply(before, edit).transcript : before;
  expect(bordersOf(moved)).toBe(after);
  for (const { words, startMs, endMs } of moved.passages) {
    expect([...words].filter((_, index) => index % 5 === 2).every((at) => at >= startMs)).toBe(
      true,
    );
    expect([...words].filter((_, index) => index % 5 === 3).every((at) => at <= endMs)).toBe(true);
  }
});

test("a border that leaves a passage no time does not move", () => {
  const before = transcript(INTERVIEW);
  expect(bordersAt(before, "p2", "start", 7000)).toBeNull();
  expect(bordersAt(before, "p2", "end", 9000)).toBeNull();
});

test.each([
  ["Ada: we kept them / Bo: and the| roof", "Ada: we kept them / Bo: and then the roof"],
  ["Ada: we kept all of |them", "Ada: we kept them"],
  ["Ada: we kept them| and then", "Ada: we kept them / Ada: and then"],
  ["Ada: we kept| / Ada: them", "Ada: we kept them"],
  ["Ada: | / Bo: and then", "Ada: we kept them / Bo: and then"],
])("an undo that leads to %j goes to the bar", (marked, before) => {
  const after = transcript(marked.replace("|", ""));
  const [changed = ""] = marked.split(" / ").filter((line) => line.includes("|"));
  const key = `p${marked.split(" / ").indexOf(changed) + 1}`;
  const offset = changed.indexOf("|") - changed.indexOf(": ") - 2;
  expect(changedAt(transcript(before), after)).toEqual({ key, offset });
  expect(changedAt(after, after)).toBeNull();
});
