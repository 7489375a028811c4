/** What a line of Markdown consists of. Nothing in it is HTML: a `<` is a `<`. */
export type Inline =
  | string
  | { readonly kind: "em" | "strong"; readonly children: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "break" };

interface Delimiter {
  readonly mark: "*" | "_";
  count: number;
  readonly opens: boolean;
  readonly closes: boolean;
}

type Piece = Inline | Delimiter;

const ESCAPED = /[!-/:-@[-`{-~]/;
const ENTITY = /&(?:#(\d{1,7})|(amp|lt|gt|quot|nbsp|apos));/y;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: "\u00a0",
  apos: "'",
};
const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
const TARGET =
  /\(\s*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))(?:\s+"[^"]*")?\s*\)/y;
const SAFE = /^(?:https?:|mailto:|[^:]*$|[^:]*[/?#])/i; // other kinds of addresses are no links

export function inlinesOf(text: string): Inline[] {
  const pieces: Piece[] = [];
  const brackets: number[] = []; // where in pieces a `[` stands
  let plain = "";
  let at = 0;

  function add(piece: Piece | null, length: number) {
    if (plain) pieces.push(plain);
    plain = "";
    if (piece !== null) pieces.push(piece);
    at += length;
  }

  while (at < text.length) {
    const mark = text[at] ?? "";
    const next = text[at + 1] ?? "";
    const rest = matchAt(AUTOLINK, text, at) ?? matchAt(ENTITY, text, at);
    if (mark === "\\" && (ESCAPED.test(next) || next === "\n")) {
      if (next === "\n") add({ kind: "break" }, 2);
      else [plain, at] = [plain + next, at + 2];
    } else if (mark === "`") {
      const ticks = runAt(text, at, "`");
      const end = endOfCode(text, at + ticks, ticks);
      if (end === null) [plain, at] = [plain + "`".repeat(ticks), at + ticks];
      else {
        const code = text.slice(at + ticks, end).replaceAll("\n", " ");
        add(
          { kind: "code", text: /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code },
          end + ticks - at,
        );
      }
    } else if (mark === "<" && rest?.[1]) {
      add({ kind: "link", href: rest[1], children: [rest[1]] }, rest[0].length);
    } else if (mark === "&" && rest) {
      const [whole, code, name] = rest;
      plain += name ? ENTITIES[name] : characterOf(Number(code));
      at += whole.length;
    } else if (mark === "[" || (mark === "!" && next === "[")) {
      add(null, 0);
      brackets.push(pieces.length);
      add(mark === "[" ? "[" : "![", mark === "[" ? 1 : 2);
    } else if (mark === "]" && brackets.length) {
      add(null, 0);
      at = closed(text, at, pieces, brackets);
    } else if (mark === "*" || mark === "_") {
      const count = runAt(text, at, mark);
      add(delimiterOf(text, at, mark, count), count);
    } else if (mark === "\n" && / {2,}$/.test(plain)) {
      plain = plain.trimEnd();
      add({ kind: "break" }, 1);
    } else {
      plain += mark;
      at += 1;
    }
  }
  add(null, 0);
  return emphasized(pieces);
}

/** At a `]`: a link where an address follows; returns where the text goes on. */
function closed(text: string, at: number, pieces: Piece[], brackets: number[]): number {
  const from = brackets.pop() ?? 0;
  const target = matchAt(TARGET, text, at + 1);
  if (!target) {
    pieces.push("]");
    return at + 1;
  }
  const isPicture = pieces[from] === "![";
  const children = emphasized(pieces.splice(from).slice(1));
  const href = target[1] ?? target[2] ?? "";
  // Pictures of others are not loaded: what they show is said instead.
  if (isPicture || !SAFE.test(href)) pieces.push(...children);
  else {
    pieces.push({ kind: "link", href, children });
    brackets.length = 0; // a link is in no link
  }
  return at + 1 + target[0].length;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function runAt(text: string, at: number, mark: string): number {
  let end = at;
  while (text[end] === mark) end += 1;
  return end - at;
}

function endOfCode(text: string, from: number, ticks: number): number | null {
  let at = text.indexOf("`", from);
  while (at !== -1) {
    const run = runAt(text, at, "`");
    if (run === ticks) return at;
    at = text.indexOf("`", at + run);
  }
  return null;
}

function characterOf(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/** Whether a run of marks may begin or end emphasis, by CommonMark's rules of flanking. */
function delimiterOf(text: string, at: number, mark: "*" | "_", count: number): Delimiter {
  const before = kindOf(text.slice(0, at).at(-1));
  const after = kindOf(text[at + count]);
  const left = after === "word" || (after === "sign" && before !== "word");
  const right = before === "word" || (before === "sign" && after !== "word");
  if (mark === "*") return { mark, count, opens: left, closes: right };
  const opens = left && (!right || before === "sign");
  return { mark, count, opens, closes: right && (!left || after === "sign") };
}

function kindOf(character: string | undefined): "space" | "sign" | "word" {
  if (character === undefined || /\s/.test(character)) return "space";
  return /[\p{P}\p{S}]/u.test(character) ? "sign" : "word";
}

function emphasized(pieces: readonly Piece[]): Inline[] {
  const done: Piece[] = [];
  const openers = { "*": [] as number[], _: [] as number[] }; // places in done
  for (const piece of pieces) {
    if (!isDelimiter(piece)) {
      done.push(piece);
      continue;
    }
    const mine = openers[piece.mark];
    while (piece.closes && piece.count && mine.length) {
      const place = mine.at(-1) ?? 0;
      const opener = done[place];
      if (!opener || !isDelimiter(opener)) break;
      const used = Math.min(opener.count, piece.count, 2);
      const children = done.splice(place + 1).map(asInline);
      for (const marks of Object.values(openers)) {
        while ((marks.at(-1) ?? -1) > place) marks.pop();
      }
      opener.count -= used;
      piece.count -= used;
      if (!opener.count) {
        done.pop();
        mine.pop();
      }
      done.push({ kind: used === 2 ? "strong" : "em", children });
    }
    if (piece.count && piece.opens) mine.push(done.length);
    if (piece.count) done.push(piece);
  }
  return done.map(asInline);
}

function isDelimiter(piece: Piece): piece is Delimiter {
  return typeof piece === "object" && "mark" in piece;
}

function asInline(piece: Piece): Inline {
  return isDelimiter(piece) ? piece.mark.repeat(piece.count) : piece;
}
