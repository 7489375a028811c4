// The languages that Whisper's models know, by their codes.
const CODES =
  "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi " +
  "hr ht hu hy id is it ja jv ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no " +
  "oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo " +
  "yue zh zh-Hant";

/** Every language that can be recognised, by its name in the language of the page. */
export function spokenLanguages(pageLanguage: string): { code: string; name: string }[] {
  const order = new Intl.Collator(pageLanguage);
  return CODES.split(" ")
    .map((code) => ({ code, name: languageName(code, pageLanguage) }))
    .sort((a, b) => order.compare(a.name, b.name));
}

// Chromium has no names of these in any language of the page, so they are in their own.
const OWN_NAMES: Readonly<Record<string, string>> = { ba: "Башҡорт теле", bo: "བོད་སྐད།" };

export function languageName(code: string, pageLanguage: string): string {
  const names = new Intl.DisplayNames(pageLanguage, { type: "language", fallback: "code" });
  const found = names.of(code) ?? code;
  const name = found === code ? (OWN_NAMES[code] ?? code) : found;
  return name.charAt(0).toLocaleUpperCase(pageLanguage) + name.slice(1);
}
