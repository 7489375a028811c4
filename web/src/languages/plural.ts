type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Sentences with a number in them: `#` stands for it, and each language has its own forms. */
export function pluralsOf(code: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(code);
  const numbers = new Intl.NumberFormat(code);
  return (count, forms) =>
    (forms[rules.select(count)] ?? forms.other).replaceAll("#", numbers.format(count));
}
