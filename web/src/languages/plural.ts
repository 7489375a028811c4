/**
 * Sentences with a number in them: `#` stands for it. A language has the forms that it needs: all
 * of them must be given, as "one" and "other" in English, or "other" alone in Japanese.
 */
export function pluralsOf<Form extends Intl.LDMLPluralRule>(
  code: string,
): (count: number, forms: Record<Form | "other", string>) => string {
  const rules = new Intl.PluralRules(code);
  const numbers = new Intl.NumberFormat(code);
  return (count, forms) => {
    const given: Partial<Record<Intl.LDMLPluralRule, string>> = forms;
    return (given[rules.select(count)] ?? forms.other).replaceAll("#", numbers.format(count));
  };
}
