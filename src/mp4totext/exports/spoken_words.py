"""Captions by words in scripts without blanks: what is highlighted while it is spoken. Pure."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise

import budoux

from mp4totext.exports.timed_pieces import Piece
from mp4totext.kit import unicode


def spoken_words(line: Sequence[Piece]) -> list[Piece]:
    """The pieces of a line as words with their times.

    Chinese, Japanese and Thai are segmented: there, pieces are characters or whole phrases.
    """
    words: list[Piece] = []
    run: list[Piece] = []
    for piece in line:
        if run and (piece.spaced or piece.language != run[-1].language):
            words += _segmented(run)
            run = []
        run.append(piece)
    return [*words, *_segmented(run)]


def _segmented(run: Sequence[Piece]) -> Iterator[Piece]:
    """``run``: pieces without blanks between them."""
    text = "".join(piece.text for piece in run)
    parse = None if text.isascii() else _parser(text, run[0].language if run else "")
    if parse is None:
        yield from run
        return
    times = [time for piece in run for time in _times(piece)]
    for start, stop in pairwise(accumulate(map(len, _attached(parse(text))), initial=0)):
        yield run[0]._replace(
            text=text[start:stop],
            start_ms=times[start][0],
            end_ms=times[stop - 1][1],
            spaced=run[0].spaced and start == 0,
        )


def _parser(text: str, language: str) -> Callable[[str], list[str]] | None:
    """None for languages that are not segmented here."""
    if not (unicode.is_ideographic(text) or unicode.is_unspaced(text)):
        return None
    match language:
        case "ja":
            name = "japanese"
        case "th":
            name = "thai"
        case "zh" | "yue":
            name = "simplified_chinese" if _is_simplified(text) else "traditional_chinese"
        case _:
            return None
    return _model(name).parse


@cache
def _model(name: str) -> budoux.Parser:
    loaded: budoux.Parser = getattr(budoux, f"load_default_{name}_parser")()
    return loaded


def _is_simplified(text: str) -> bool:
    try:
        text.encode("gb2312")  # has the simplified characters alone
    except UnicodeEncodeError:
        return False
    return True


def _attached(chunks: Sequence[str]) -> list[str]:
    """Marks and accents belong to the word before them, opening brackets to the one after."""
    whole: list[str] = []
    for chunk in chunks:
        bare = not any(character.isalnum() for character in chunk)
        if whole and (bare or not any(character.isalnum() for character in whole[-1])):
            whole[-1] += chunk
        else:
            whole.append(chunk)
    return whole


def _times(piece: Piece) -> Iterator[tuple[int, int]]:
    """Of each character: its share of the piece's time."""
    length_ms, count = piece.end_ms - piece.start_ms, len(piece.text)
    for at in range(count):
        start_ms, end_ms = (piece.start_ms + length_ms * n // count for n in (at, at + 1))
        yield start_ms, end_ms
