const DAY_MS = 86_400_000;
const BYTE_UNITS = ["kilobyte", "megabyte", "gigabyte"] as const;

/** Of a language, the one that this person's browser asks for: British dates are not American ones. */
export function localeOf(language: string, wanted: readonly string[]): string {
  return wanted.find((each) => each.split("-")[0]?.toLowerCase() === language) ?? language;
}

/** Numbers, sizes and dates as a language writes them. */
export class Format {
  readonly code: string;
  #number: Intl.NumberFormat;
  #credits: Intl.NumberFormat;
  #percent: Intl.NumberFormat;
  #date: Intl.DateTimeFormat;
  #moment: Intl.DateTimeFormat;
  #relative: Intl.RelativeTimeFormat;
  #list: Intl.ListFormat;

  constructor(locale: string) {
    // As the times, which have the same digits in every language, and the numbers in sentences.
    const code = new Intl.Locale(locale, { numberingSystem: "latn" }).toString();
    this.code = code;
    this.#number = new Intl.NumberFormat(code);
    this.#credits = new Intl.NumberFormat(code, { maximumFractionDigits: 2 });
    this.#percent = new Intl.NumberFormat(code, { style: "percent" });
    this.#date = new Intl.DateTimeFormat(code, { day: "numeric", month: "short", year: "numeric" });
    this.#moment = new Intl.DateTimeFormat(code, { dateStyle: "medium", timeStyle: "short" });
    this.#relative = new Intl.RelativeTimeFormat(code, { numeric: "auto" });
    this.#list = new Intl.ListFormat(code, { type: "unit", style: "long" });
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  credits(value: number): string {
    return this.#credits.format(value);
  }

  percent(share: number): string {
    return this.#percent.format(share);
  }

  list(parts: readonly string[]): string {
    return this.#list.format(parts);
  }

  bytes(bytes: number): string {
    const { value, unit } = scaled(bytes);
    const options = {
      style: "unit",
      unit,
      unitDisplay: "short",
      maximumFractionDigits: 1,
    } as const;
    return new Intl.NumberFormat(this.code, options).format(value);
  }

  rate(bytesPerSecond: number): string {
    const { value, unit } = scaled(bytesPerSecond);
    return new Intl.NumberFormat(this.code, {
      style: "unit",
      unit: `${unit}-per-second`,
      unitDisplay: "short",
      maximumFractionDigits: 1,
    }).format(value);
  }

  /** "Today", "Yesterday", and further back the date. */
  day(iso: string, nowMs: number = Date.now()): string {
    const at = new Date(iso);
    const days = Math.round((midnight(nowMs) - midnight(at.getTime())) / DAY_MS);
    if (days === 0 || days === 1) return capital(this.#relative.format(-days, "day"), this.code);
    return this.#date.format(at);
  }

  /** A day without a time, as 2026-09-30, is that day everywhere. */
  date(iso: string): string {
    return this.#date.format(new Date(iso.length === 10 ? `${iso}T12:00:00` : iso));
  }

  moment(iso: string): string {
    return this.#moment.format(new Date(iso));
  }

  /** A length in words, as in "4 minutes": rounded up, as one says it of what is still to come. */
  span(ms: number): string {
    const minutes = Math.ceil(ms / 60_000);
    const [value, unit] =
      ms < 90_000
        ? [Math.max(1, Math.ceil(ms / 1000)), "second"]
        : minutes < 90
          ? [minutes, "minute"]
          : [Math.round(minutes / 6) / 10, "hour"];
    const options = { style: "unit", unit, unitDisplay: "long" } as const;
    return new Intl.NumberFormat(this.code, options).format(value);
  }
}

/** A place in a recording: 19:22, 2:14:08. The same digits in every language. */
export function clock(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const tail = String(rest).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

function scaled(bytes: number): { value: number; unit: (typeof BYTE_UNITS)[number] } {
  const step = bytes < 1000 ? 1 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return { value: bytes / 1000 ** step, unit: BYTE_UNITS[step - 1] ?? "kilobyte" };
}

function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

function capital(text: string, code: string): string {
  return text.charAt(0).toLocaleUpperCase(code) + text.slice(1);
}
