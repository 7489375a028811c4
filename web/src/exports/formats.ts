import { isRecord } from "../api/problem.ts";

export interface ExportFormat {
  readonly name: string;
  readonly title: string;
  readonly mediaType: string;
  readonly extension: string;
  readonly description: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export const PRESETS = ["default", "streaming", "broadcast", "social", "children"] as const;

/** The service's list of export formats. */
export function formatsIn(list: readonly unknown[]): ExportFormat[] {
  return list.filter(isRecord).flatMap((row) => {
    const { name, title, media_type: mediaType, extension, description, options } = row;
    const isComplete =
      typeof name === "string" &&
      typeof title === "string" &&
      typeof mediaType === "string" &&
      typeof extension === "string" &&
      typeof description === "string" &&
      isRecord(options);
    return isComplete ? [{ name, title, mediaType, extension, description, options }] : [];
  });
}

/** As one of the formats to choose from. */
export function choiceOf({ name, title, extension }: ExportFormat): readonly [string, string] {
  return [name, `${title} (.${extension})`];
}

export function optionsOf(format: ExportFormat): string[] {
  return Object.keys(format.options);
}

/** A line of a document: a heading, a fact, or a passage with its speaker and time. */
export interface DocumentLine {
  readonly level: number; // of a heading, or 0
  readonly time: string;
  readonly name: string; // in bold
  readonly text: string;
}

const LINE = /^(#*) ?(?:- (?=\*\*))?(?:`([\d:]+)` )?(?:\*\*(.+?:)\*\* ?)?(.*)$/;

/** How Word and PDF look, from the Markdown of the same parts in the same order. */
export function documentLines(markdown: string): DocumentLine[] {
  let before = "";
  return markdown.split(/\n+/).flatMap((line) => {
    const [, marks = "", time = "", name = "", text = ""] = LINE.exec(line) ?? [];
    const shown = name === before ? "" : name; // once for several paragraphs
    before = name;
    return line ? [{ level: marks.length, time, name: plain(shown), text: plain(text) }] : [];
  });
}

/** Without the marks of Markdown. */
function plain(markdown: string): string {
  return markdown.replace(/\\(.)|\*+/g, "$1");
}

export function isText(format: ExportFormat): boolean {
  return !["docx", "pdf"].includes(format.name);
}

/** The URL of an export, with the options that the format supports. */
export function addressOf(
  id: string,
  asked: {
    format: ExportFormat;
    version: number;
    options: Readonly<Record<string, string | boolean>>;
  },
): string {
  const query = new URLSearchParams({ format: asked.format.name, version: String(asked.version) });
  const known = optionsOf(asked.format);
  for (const [name, value] of Object.entries(asked.options)) {
    if (known.includes(name)) query.set(name, String(value));
  }
  return `api/v1/transcriptions/${id}/export?${query.toString()}`;
}
