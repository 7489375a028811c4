"""A short meeting in each of 24 languages, with its expected findings.

``meetings/xx.txt``: three topics of eight sentences. ``=`` names words of which one is to be a key
phrase; then one sentence a line, with its speaker, and ``!`` where it is an action. Each says the
same: a rent, a date, a time, an address and a salary, three questions before their answers.
"""

from dataclasses import dataclass
from pathlib import Path

from mp4totext.transcript import Segment, Transcript

_FOLDER = Path(__file__).parent / "meetings"
LANGUAGES = sorted(path.stem for path in _FOLDER.glob("*.txt"))
TOPIC_STARTS = (0, 8, 16)  # sentences
QUESTIONS = (2, 11, 19)  # each answered by the next sentence
SENTENCE_MS = 8_000


@dataclass(frozen=True)
class Meeting:
    transcript: Transcript  # one segment a turn, which may hold several sentences
    sentences: tuple[str, ...]
    actions: tuple[str, ...]
    topics: tuple[frozenset[str], ...]  # of each, one is to be a key phrase; case-folded


def meeting(language: str) -> Meeting:
    sentences: list[str] = []
    actions: list[str] = []
    topics: list[frozenset[str]] = []
    turns: list[tuple[str, list[str]]] = []
    for line in (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        mark, _, text = line.partition(" ")
        if mark == "=":
            topics.append(frozenset(word.casefold() for word in text.split(", ")))
        elif text:
            sentences.append(text)
            if mark.endswith("!"):
                actions.append(text)
            if not turns or turns[-1][0] != mark[0]:
                turns.append((mark[0], []))
            turns[-1][1].append(text)
    blank = "" if language in ("ja", "zh") else " "
    segments: list[Segment] = []
    end_ms = 0
    for number, (speaker, said) in enumerate(turns, 1):
        start_ms, end_ms = end_ms, end_ms + SENTENCE_MS * len(said)
        segments.append(
            Segment(
                id=f"s{number}",
                start_ms=start_ms,
                end_ms=end_ms,
                text=blank.join(said),
                speaker=speaker,
            )
        )
    return Meeting(
        transcript=Transcript(language=language, duration_ms=end_ms, segments=tuple(segments)),
        sentences=tuple(sentences),
        actions=tuple(actions),
        topics=tuple(topics),
    )
