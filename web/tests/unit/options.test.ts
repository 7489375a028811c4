import { expect, test } from "vitest";

import { fieldsOf, valuesOf } from "../../src/pages/texts/options.ts";

// As the service describes the options of a translation.
const SCHEMA = {
  properties: {
    language: { anyOf: [{ type: "string", maxLength: 35 }, { type: "null" }], default: null },
    target: { type: "string", maxLength: 35, description: "to which language" },
    formal: { anyOf: [{ type: "boolean" }, { type: "null" }], default: null },
    prompt: { type: "string", maxLength: 2000 },
    name: { type: "string", maxLength: 80 },
  },
  required: ["target"],
};

test("a language is chosen from a list, and what is long is written in several lines", () => {
  const fields = fieldsOf(SCHEMA);
  expect(fields.map(({ name, input, isRequired }) => [name, input, isRequired])).toEqual([
    ["language", "language", false],
    ["target", "language", true],
    ["formal", "switch", false],
    ["prompt", "text", false],
    ["name", "line", false],
  ]);
});

test("what is left empty is not sent", () => {
  const fields = fieldsOf(SCHEMA);
  expect(valuesOf(fields, { target: "de", prompt: "" })).toEqual({ target: "de" });
});
