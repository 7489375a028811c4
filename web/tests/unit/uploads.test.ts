import { expect, test } from "vitest";

import { metadataOf } from "../../src/api/resumable.ts";

test("an upload tells its name in base 64 of its UTF-8", () => {
  expect(metadataOf({ filename: "Zürich 会議.mp3", filetype: "audio/mpeg" })).toBe(
    "filename WsO8cmljaCDkvJrorbAubXAz,filetype YXVkaW8vbXBlZw==",
  );
  expect(metadataOf({ filename: "a.wav", filetype: "" })).toBe("filename YS53YXY=,filetype ");
});
