"""The words of a caption that are highlighted while they are spoken, in any script. Pure."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from mp4totext.exports.timed_pieces import Piece
from mp4totext.kit import word_breaks


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
    """Segment pieces that have no spaces between them into words."""
    text = "".join(piece.text for piece in run)
    found = word_breaks.words(text, run[0].language) if run else None
    if found is None:
        yield from run
        return
    times = [time for piece in run for time in _times(piece)]
    for start, stop in pairwise(accumulate(map(len, found), initial=0)):
        yield run[0]._replace(
            text=text[start:stop],
            start_ms=times[start][0],
            end_ms=times[stop - 1][1],
            spaced=run[0].spaced and start == 0,
        )


def _times(piece: Piece) -> Iterator[tuple[int, int]]:
    """The times of each character: an equal share of the piece's time."""
    length_ms, count = piece.end_ms - piece.start_ms, len(piece.text)
    for at in range(count):
        start_ms, end_ms = (piece.start_ms + length_ms * n // count for n in (at, at + 1))
        yield start_ms, end_ms
