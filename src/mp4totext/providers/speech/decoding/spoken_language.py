"""The language of each span of a window: by votes, finer votes, and comparison of texts."""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mp4totext.providers.base import Samples
from mp4totext.providers.speech.base import LanguageGuess
from mp4totext.providers.speech.decoding import quality
from mp4totext.providers.speech.decoding.voting import elect_language
from mp4totext.providers.speech.decoding.whisper import Decoder, EncodedSpan, Task, Vote
from mp4totext.providers.speech.decoding.word_timing import RawSegment
from mp4totext.providers.speech.languages import from_whisper, to_whisper
from mp4totext.providers.vad import Region
from mp4totext.transcript import Segment

# Whisper base on 55 English stretches of 1 to 3 s and 10 of five other languages: all votes of 0.8
# and more were right; 3 of the 18 below it were wrong.
SURE = 0.8
MAJORITY = 0.5  # share of the votes above which another language must have a likelier text to win
_MIXED = 0.9  # a span with a smaller vote may contain two languages
_PIECE_PAUSE_MS = 400  # languages change between phrases
_PIECE_MS = 1_000  # shorter pieces are unreliable
# Votes of stretches inside a span find a change; those of shorter ones near it, where it is.
_STRETCH_MS, _STRETCH_STEP_MS = 5_000, 2_500
_NEAR_MS, _FINE_MS = 2_000, 250
_PAUSE_NEAR_MS = 500
_CANDIDATES = 3
_ALWAYS_TRIED = "en"  # Whisper's strongest language, and that of most short clips
# Weight of a vote against the likelihood of the text. On the 18 uncertain stretches any weight
# from 0.2 to 0.6 gives the right language for all.
_VOTE_SHARE = 0.3
# Of the votes. In 55 stretches of 1 to 2.2 s, 40 of them English: 2 are wrong without it, 0 with
# English as the usual language, 3 with German.
_USUAL_SHARE = 0.2
# How much likelier a language is in which another engine has understood the sound. Moonshine so
# understands three of four English stretches, and none of 55 in nine other languages.
_HEARD = 5.0
# Mean log-probability of a token. The likeliest text of an uncertain stretch of speech is above
# -1.3, that of music (without loops) below.
_UNLIKELY = -1.4
# Languages that Whisper does not write in Latin letters, and the letters that tell that it did.
# fmt: off
_NOT_LATIN = frozenset({
    "am", "ar", "as", "ba", "be", "bg", "bn", "bo", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka",
    "kk", "km", "kn", "ko", "lo", "mk", "ml", "mn", "mr", "my", "ne", "pa", "ps", "ru", "sa", "sd",
    "si", "ta", "te", "tg", "th", "tt", "uk", "ur", "yi", "yue", "zh",
})
# fmt: on
_LATIN_LETTERS_MIN = 10  # fewer may be a name
NO_SPEECH = "sounds like music or noise rather than speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedSpan:
    span: EncodedSpan
    vote: Vote

    @property
    def language(self) -> str:
        """Whisper's code."""
        return max(self.vote, key=lambda code: self.vote[code])

    @property
    def sure(self) -> bool:
        return self.vote[self.language] >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Spans of uncertain language: they are decoded in each of ``codes``."""

    spans: Sequence[TaggedSpan]
    codes: tuple[str, ...]  # Whisper's codes
    vote_share: float  # weight of a vote against the likelihood of the text
    usual: tuple[str, ...] = ()  # Whisper's codes of languages that are preferred


def tagged(
    decoder: Decoder,
    samples: Samples,
    spans: Sequence[EncodedSpan],
    voice: Sequence[Region],
    *,
    heard: str | None = None,
    english: Sequence[Region] = (),
) -> list[TaggedSpan]:
    """Spans with their votes; a span is cut where its language changes.

    ``heard``: the language in which another engine has understood all of it (BCP 47);
    ``english``: what it is sure to be English. Whisper's vote is mostly that of a span's beginning.
    """
    result: list[TaggedSpan] = []
    for span in spans:
        whole = TaggedSpan(span=span, vote=_with_heard(decoder.vote(span), heard))
        cuts = _pieces(span.region, voice)
        one_language = whole.vote[whole.language] >= _MIXED and not (
            whole.language != _ALWAYS_TRIED and any(_overlap(span.region, r) for r in english)
        )
        is_english = one_language and whole.language == _ALWAYS_TRIED
        changes = [] if heard or is_english else _changes(decoder, span, voice)
        if changes:
            edges = pairwise([span.region.start_ms, *changes, span.region.end_ms])
            result += [
                TaggedSpan(span=piece, vote=decoder.vote(piece))
                for piece in decoder.encode(samples, [Region(*edge) for edge in edges])
            ]
            continue
        if one_language or len(cuts) < 2:
            result.append(whole)
            continue
        pieces = [
            TaggedSpan(span=piece, vote=decoder.vote(piece))
            for piece in decoder.encode(samples, cuts)
        ]
        groups = list(_groups(pieces))
        if len(groups) < 2:
            result.append(whole)
            continue
        regions = [Region(g[0].span.region.start_ms, g[-1].span.region.end_ms) for g in groups]
        for group, again in zip(groups, decoder.encode(samples, regions), strict=True):
            surest = max(group, key=lambda piece: piece.vote[piece.language])
            result.append(TaggedSpan(span=again, vote=surest.vote))
    return result


def _changes(decoder: Decoder, span: EncodedSpan, voice: Sequence[Region]) -> list[int]:
    """The times at which the votes of stretches of the span change, however short the pause."""
    first_ms, last_ms = span.region.start_ms, span.region.end_ms - _STRETCH_MS
    starts = [*range(first_ms, last_ms, _STRETCH_STEP_MS), last_ms]
    if last_ms <= first_ms:
        return []
    stretches = [Region(start, start + _STRETCH_MS) for start in starts]
    votes = decoder.votes_inside(span, stretches)
    tags = [TaggedSpan(span=span, vote=vote) for vote in votes]
    sure = [(s, tag.language) for s, tag in zip(stretches, tags, strict=False) if tag.sure]
    changes = {  # two of them may be in the same pause
        _change(decoder, span, voice, (before, language), (after, other))
        for (before, language), (after, other) in pairwise(sure)
        if language != other
    }
    return sorted(changes)


def _change(
    decoder: Decoder,
    span: EncodedSpan,
    voice: Sequence[Region],
    before: tuple[Region, str],
    after: tuple[Region, str],
) -> int:
    """When the language changes between the middles of two stretches; in a pause that is near."""
    (first, one), (second, other) = before, after
    times = range(first.start_ms + _STRETCH_STEP_MS, second.end_ms - _STRETCH_STEP_MS, _FINE_MS)
    low_ms, high_ms = span.region.start_ms, span.region.end_ms - _NEAR_MS
    near = [
        Region(start_ms, start_ms + _NEAR_MS)
        for time in times
        for at_ms in (time - _NEAR_MS, time)
        for start_ms in [min(max(at_ms, low_ms), high_ms)]
    ]
    odds = [
        math.log(max(vote.get(one, 0.0), 1e-3) / max(vote.get(other, 0.0), 1e-3))
        for vote in decoder.votes_inside(span, near)
    ]
    gained = [was - then for was, then in zip(odds[::2], odds[1::2], strict=True)]
    change_ms = times[max(range(len(gained)), key=lambda n: gained[n])]
    pauses = [(a.end_ms + b.start_ms) // 2 for a, b in pairwise(voice)]
    nearest_ms = min(pauses, key=lambda pause: abs(pause - change_ms), default=change_ms)
    return nearest_ms if abs(nearest_ms - change_ms) <= _PAUSE_NEAR_MS else change_ms


def _overlap(a: Region, b: Region) -> bool:
    return a.start_ms < b.end_ms and b.start_ms < a.end_ms


def _with_heard(vote: Vote, heard: str | None) -> Vote:
    if heard is None:
        return vote
    weighed = {c: share * (_HEARD if c == to_whisper(heard) else 1.0) for c, share in vote.items()}
    total = sum(weighed.values())
    return {code: share / total for code, share in weighed.items()} if total else vote


def _pieces(span: Region, voice: Sequence[Region]) -> list[Region]:
    """The span cut in the middle of its pauses, so that each piece has a phrase or more."""
    inside = [r for r in voice if r.start_ms < span.end_ms and r.end_ms > span.start_ms]
    pieces: list[Region] = []
    start_ms, voiced_ms = span.start_ms, 0
    for region, following in zip(inside, [*inside[1:], None], strict=True):
        voiced_ms += region.length_ms
        if following is None:
            break
        if following.start_ms - region.end_ms >= _PIECE_PAUSE_MS and voiced_ms >= _PIECE_MS:
            middle = (region.end_ms + following.start_ms) // 2
            pieces.append(Region(start_ms, middle))
            start_ms, voiced_ms = middle, 0
    if voiced_ms < _PIECE_MS and pieces:
        start_ms = pieces.pop().start_ms
    return [*pieces, Region(start_ms, span.end_ms)]


def _groups(pieces: Sequence[TaggedSpan]) -> Iterator[list[TaggedSpan]]:
    """Neighbours of one language; an uncertain piece joins those before it, or else after it."""
    group: list[TaggedSpan] = []
    language: str | None = None
    for piece in pieces:
        if piece.sure and language not in (None, piece.language):
            yield group
            group, language = [], None
        group.append(piece)
        language = piece.language if piece.sure else language
    yield group


def of_window(spans: Sequence[TaggedSpan]) -> LanguageGuess:
    return elect_language([s.vote for s in spans], [s.span.region.length_ms for s in spans])


def unsure(spans: Sequence[TaggedSpan], guess: LanguageGuess) -> list[TaggedSpan]:
    """Spans that neither their own vote nor the window's decides."""
    return [] if guess.confidence >= SURE else [span for span in spans if not span.sure]


def foreign(spans: Sequence[TaggedSpan], language: str) -> list[Contest]:
    """Spans with a clear vote for another language than the recording's ``language`` (BCP 47).

    An accent, or two voices at once, can make Whisper certain of a wrong language: 0.95 Polish for
    a German's English, of which it then writes Polish. So the text decides.
    """
    own = to_whisper(language)
    groups: dict[str, list[TaggedSpan]] = {}
    for span in spans:
        if span.sure and span.language != own:
            groups.setdefault(span.language, []).append(span)
    return [
        Contest(spans=group, codes=(code, own), vote_share=0.0) for code, group in groups.items()
    ]


def undecided(
    spans: Sequence[TaggedSpan], *, around: str | None, usual: Sequence[str] = ()
) -> Contest:
    """Spans that no vote decides, with their candidate languages.

    ``around``: the language of the surrounding recording; ``usual``: those of the account.
    """
    votes = _mean(spans)
    ranked = sorted(votes, key=lambda code: -votes[code])[:_CANDIDATES]
    known = [to_whisper(language) for language in (*([around] if around else []), *usual)]
    codes = dict.fromkeys([*ranked, *(code for code in known if code in votes), _ALWAYS_TRIED])
    return Contest(
        spans=spans,
        codes=tuple(codes),
        vote_share=_VOTE_SHARE,
        usual=tuple(to_whisper(language) for language in usual),
    )


def likeliest_text(
    decoder: Decoder, task: Task, contest: Contest
) -> tuple[LanguageGuess, list[RawSegment]]:
    """Decode the spans in each candidate language; the likelier text wins.

    Text that is unlikely in every language gets a doubt: it is probably no speech.
    """
    votes = _with_usual(_mean(contest.spans), contest.usual)
    spans = [tagged.span for tagged in contest.spans]
    texts = {
        code: list(decoder.decode(replace(task, language=code), spans)) for code in contest.codes
    }
    scores = {
        code: _likelihood(raw_segments)
        + contest.vote_share * math.log(max(votes.get(code, 0.0), 1e-3))
        for code, raw_segments in texts.items()
    }
    winner = max(scores, key=lambda language: scores[language])
    raw_segments = texts[winner]
    if _likelihood(raw_segments) < _UNLIKELY:
        raw_segments = [replace(raw, doubt=NO_SPEECH) for raw in raw_segments]
    total = sum(math.exp(score) for score in scores.values())
    guess = LanguageGuess(
        language=from_whisper(winner) or winner,
        confidence=round(math.exp(scores[winner]) / total, 4),
        votes=of_window(contest.spans).votes,
        tried=tuple(from_whisper(code) or code for code in texts),
    )
    return guess, raw_segments


def as_written(segment: Segment, guess: LanguageGuess) -> Segment:
    """With the language of its letters: asked for Chinese, Whisper writes English as English."""
    letters = [letter for letter in segment.text if letter.isalpha()]
    is_latin = all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    if segment.language not in _NOT_LATIN or len(letters) < _LATIN_LETTERS_MIN or not is_latin:
        return segment
    votes = {code: vote for code, vote in guess.votes.items() if code not in _NOT_LATIN}
    language = max(votes, key=lambda code: votes[code], default=_ALWAYS_TRIED)
    return replace(segment, language=language)


def _with_usual(votes: Mapping[str, float], usual: Sequence[str]) -> Mapping[str, float]:
    """The votes, a share of which is distributed equally over the usual languages."""
    if not usual:
        return votes
    share = _USUAL_SHARE / len(usual)
    left = 1 - _USUAL_SHARE
    return {code: left * vote + (share if code in usual else 0) for code, vote in votes.items()}


def _mean(spans: Sequence[TaggedSpan]) -> dict[str, float]:
    """Mean votes by Whisper's code."""
    total_ms = sum(span.span.region.length_ms for span in spans)
    return {
        code: sum(s.vote.get(code, 0.0) * s.span.region.length_ms for s in spans) / total_ms
        for code in spans[0].vote
    }


def _likelihood(raw_segments: Sequence[RawSegment]) -> float:
    """Mean log-probability by length. Loops do not count, although the model finds them likely."""
    rated = [
        (len(raw.text), math.log(max(raw.confidence or 0.0, 1e-4)))
        for raw in raw_segments
        if not quality.suspicion(raw.text, length_ms=round((raw.end_ms or 0) - (raw.start_ms or 0)))
    ]
    letters = sum(length for length, _ in rated)
    return sum(length * log for length, log in rated) / letters if letters else -10.0


def language_of(span: TaggedSpan, guess: LanguageGuess) -> str:
    """Whisper's code: that of the span's own vote if it is clear, else of the window's."""
    return span.language if span.sure else to_whisper(guess.language)
