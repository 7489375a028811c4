import { expect, test } from "vitest";

import { Unsent } from "../../src/api/unsent.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (pieces: Uint8Array[]) =>
  pieces.map((each) => new TextDecoder().decode(each)).join("|");

test("each piece is sent once on a connection", () => {
  const unsent = new Unsent();
  unsent.add(bytes("abc"));
  expect(text(unsent.next())).toBe("abc");
  unsent.add(bytes("de"));
  expect(text(unsent.next())).toBe("de");
  expect(unsent.next()).toEqual([]);
});

test("another connection goes on within a piece, where the service says", () => {
  const unsent = new Unsent();
  for (const piece of ["abc", "de", "fgh"]) unsent.add(bytes(piece));
  unsent.next();
  unsent.goOnFrom(4);
  expect(text(unsent.next())).toBe("e|fgh");
  expect(unsent.waiting).toBe(4);
});

test("it has ended when all was sent and no more comes", () => {
  const unsent = new Unsent();
  unsent.add(bytes("abc"));
  unsent.end();
  expect(unsent.isEnded).toBe(false);
  unsent.next();
  expect(unsent.isEnded).toBe(true);
  unsent.goOnFrom(1);
  expect(unsent.isEnded).toBe(false);
});
