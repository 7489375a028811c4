"""Find and replace in texts: literally, with the options for case and whole words."""

import re
from dataclasses import dataclass
from functools import cached_property

_AROUND = 30  # characters shown on each side of a hit


@dataclass(frozen=True, kw_only=True)
class Replacing:
    find: str
    replace: str
    match_case: bool = False
    whole_words: bool = False

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        literal = re.escape(self.find)
        if self.whole_words:
            literal = rf"(?<!\w){literal}(?!\w)"
        return re.compile(literal, 0 if self.match_case else re.IGNORECASE)

    def places(self, text: str) -> list[tuple[int, int]]:
        """The start and end of each match."""
        return [match.span() for match in self._pattern.finditer(text)]

    def applied(self, text: str) -> str:
        return self._pattern.sub(lambda _match: self.replace, text).strip()

    def shown(self, text: str, place: tuple[int, int]) -> tuple[str, str]:
        """A match with its context, before and after replacing."""
        begin, end = place
        before = text[max(0, begin - _AROUND) : begin]
        after = text[end : end + _AROUND]
        return f"{before}{text[begin:end]}{after}", f"{before}{self.replace}{after}"
