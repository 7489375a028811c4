// Of the languages that can be recognised: those whose scripts run from right to left.
const RIGHT_TO_LEFT = ["ar", "fa", "he", "ps", "sd", "ur", "yi"];

/** How a language is written, by its code: "ar", "fa-AF". */
export function directionOf(code: string): "ltr" | "rtl" {
  const base = code.split("-")[0]?.toLowerCase() ?? code;
  return RIGHT_TO_LEFT.includes(base) ? "rtl" : "ltr";
}
