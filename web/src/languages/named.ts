/** Names of what the service has: each language says all of these; the service may know more. */
export function named<K extends string>(
  names: Record<K, string>,
): Record<K, string> & Record<string, string> {
  return names;
}

type Digit = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type SpeakerKey = `speaker${Digit}` | `speakerEditing${Digit}`;

/** The nine speakers that have a key, while reading and while editing. */
export function speakerKeys(label: (n: number) => string): Record<SpeakerKey, string> {
  const rows = ([1, 2, 3, 4, 5, 6, 7, 8, 9] as const).flatMap((n) => [
    [`speaker${n}`, label(n)],
    [`speakerEditing${n}`, label(n)],
  ]);
  return Object.fromEntries(rows) as Record<SpeakerKey, string>;
}
