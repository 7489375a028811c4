import { expect, test } from "vitest";

import { Problem } from "../../src/api/problem.ts";
import { Submission } from "../../src/parts/submission.svelte.ts";

const TOO_OFTEN = new Problem({ status: 429, code: "too_many_requests", detail: "Wait." });

test("a form is busy while it is sent, and says why it was refused until it is sent again", async () => {
  const submission = new Submission();
  let refuse: (problem: Problem) => void = () => undefined;
  const sent = submission.send(() => new Promise((_, reject) => (refuse = reject)));
  expect(submission.busy).toBe(true);
  refuse(TOO_OFTEN);
  await sent;
  expect([submission.busy, submission.problem]).toEqual([false, TOO_OFTEN]);
  await submission.send(() => Promise.resolve());
  expect(submission.problem).toBeNull();
});

test("what is sent again is what was sent last", async () => {
  const submission = new Submission();
  const sent: string[] = [];
  submission.again(); // nothing yet
  await submission.send(() => Promise.resolve(sent.push("a video")));
  await submission.send(() => Promise.resolve(sent.push("its storyboard")));
  submission.again();
  expect(sent).toEqual(["a video", "its storyboard", "its storyboard"]);
});

test("another order begins without the refusal, and a mistake of the page is none", async () => {
  const submission = new Submission(TOO_OFTEN);
  submission.forget();
  expect(submission.problem).toBeNull();
  const broken = submission.send(() => Promise.reject(new TypeError("a bug")));
  await expect(broken).rejects.toThrow("a bug");
  expect([submission.busy, submission.problem]).toEqual([false, null]);
});
