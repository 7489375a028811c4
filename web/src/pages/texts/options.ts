import { isRecord } from "../../api/problem.ts";

/** A field of a form, from the JSON Schema of a kind's options. */
export type OptionField = {
  readonly name: string;
  readonly hint: string | null;
  readonly isRequired: boolean;
} & (
  | { readonly input: "choice"; readonly choices: readonly string[]; readonly value: string }
  | {
      readonly input: "choices";
      readonly choices: readonly string[];
      readonly value: readonly string[];
    }
  | {
      readonly input: "number";
      readonly least: number;
      readonly most: number;
      readonly value: number | null;
    }
  | { readonly input: "lines"; readonly value: readonly string[] }
  | { readonly input: "line" | "text" | "language"; readonly value: string }
  | { readonly input: "switch"; readonly value: boolean | null }
);

export type OptionValue = string | number | boolean | null | readonly string[];

const LANGUAGES: ReadonlySet<string> = new Set(["language", "target"]); // BCP-47
const LONG = 500; // characters, from which a field is written in several lines

/** Fields for every option that can be filled in; the first type counts where several are allowed. */
export function fieldsOf(schema: unknown): OptionField[] {
  const properties = isRecord(schema) && isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = isRecord(schema) && Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(properties).flatMap(([name, property]) => {
    if (!isRecord(property)) return [];
    const first = Array.isArray(property["anyOf"]) ? property["anyOf"].find(isRecord) : null;
    const field = fieldOf(name, { ...property, ...first }, property["default"]);
    const hint = typeof property["description"] === "string" ? property["description"] : null;
    return field ? [{ ...field, hint, isRequired: required.includes(name) } as OptionField] : [];
  });
}

/** What is sent: nothing for a field that is left empty. */
export function valuesOf(
  fields: readonly OptionField[],
  given: Readonly<Record<string, OptionValue>>,
): Record<string, OptionValue> {
  const rows = fields.map(({ name, value }) => [name, given[name] ?? value] as const);
  return Object.fromEntries(
    rows.filter(([, value]) => value !== null && value !== "" && !isEmptyList(value)),
  );
}

function isEmptyList(value: OptionValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

function fieldOf(name: string, schema: Record<string, unknown>, value: unknown) {
  const choices = textsIn(schema["enum"]);
  switch (schema["type"]) {
    case "string":
      if (choices.length) {
        return { name, input: "choice", choices, value: typeof value === "string" ? value : "" };
      }
      return {
        name,
        input: LANGUAGES.has(name)
          ? "language"
          : Number(schema["maxLength"] ?? 0) >= LONG
            ? "text"
            : "line",
        value: typeof value === "string" ? value : "",
      };
    case "integer":
      return {
        name,
        input: "number",
        least: Number(schema["minimum"] ?? 0),
        most: Number(schema["maximum"] ?? Number.MAX_SAFE_INTEGER),
        value: typeof value === "number" ? value : null,
      };
    case "boolean":
      return { name, input: "switch", value: typeof value === "boolean" ? value : null };
    case "array": {
      const items = isRecord(schema["items"]) ? textsIn(schema["items"]["enum"]) : [];
      if (items.length) return { name, input: "choices", choices: items, value: textsIn(value) };
      return { name, input: "lines", value: textsIn(value) };
    }
    default:
      return null;
  }
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
