"""Combines two engines: the quick English one, and Whisper again for what it is not sure of."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from mp4totext.providers.access import Access
from mp4totext.providers.base import SAMPLE_RATE, Report
from mp4totext.providers.speech import faster_whisper, moonshine
from mp4totext.providers.speech.base import (
    LoadsEarly,
    SpeechCapabilities,
    SpeechOptions,
    SpeechRequest,
    SpeechResult,
    SpeechToText,
    TranscribesTogether,
)
from mp4totext.providers.speech.decoding import quality, word_vote
from mp4totext.providers.speech.decoding.sentences import ends_sentence
from mp4totext.providers.vad import Region
from mp4totext.transcript import Coverage, CoverageKind, Segment, Word, renumbered

# Neighbouring sentences up to this length are transcribed again together: Whisper encodes 15 s or
# more anyway, however short the sound is, and understands a sentence better with those around it.
_STRETCH_MS = 13_500
# Errors that are expected in a stretch, for each word that Whisper would write, from which it is
# transcribed again; a call counts as _CALL_WORDS words more, which is what its encoder takes. In
# 4,654 words of English 0.07 gives 614 errors, 0.06 gives 606 for 6 % more processor time, and 0.05
# no fewer. On 50 clips 0.06 gives 78 errors in 915 words at 0.43 of Whisper's time; Whisper alone
# gives 71.
DOUBTFUL = 0.06
_CALL_WORDS = 15
_SURE = 0.9  # of 658 words that are surer than this, 17 are wrong; of others as many as expected
_MOSTLY = 0.6  # with more of the voice in doubt, Whisper takes the whole window
_JOIN_MS = 1_500  # stretches nearer to each other are transcribed as one
_AROUND_MS = 250
# Mean confidence of words that tells English, where all is trusted. Of 55 stretches in nine other
# languages four are above 0.58, the surest at 0.63; nearly all English is above.
_UNDERSTOOD = 0.65
_CLEAR = 0.8  # confidence of a sentence that is English, whatever is around it
_ALONE = 0.5  # a sentence that one engine alone has, and less sure than this, is not trusted
ONE_ENGINE = "only one of two engines found words here, and it is not sure of them"
# English of which the quick engine trusts nothing for so long, while the accurate one is sure of
# few words, is babble: both go on writing sentences. People say 2 to 3 words a second. Of four to
# eight people at once it is sure of 0 to 0.7, of three of 1.4, of speech 2 dB above babble of 1.6.
_BABBLE_MS = 20_000
_BABBLE_WORDS_PER_S = 1.0
_BABBLE_JOIN_MS = 5_000
BABBLE = "voices that cannot be understood: several people may be talking at once"


class Combined:
    """``quality``: fast, balanced (default) or best; see docs/engines.md."""

    def __init__(self, quick: SpeechToText, accurate: TranscribesTogether) -> None:
        self._quick = quick
        self._accurate = accurate

    def load_for(self, options: SpeechOptions) -> None:
        """The engines that are asked in any case, in their order."""
        engines = [self._quick] if _quick_supports(options) else []
        if not engines or options.quality == "best":
            engines.append(self._accurate)
        for engine in engines:
            if isinstance(engine, LoadsEarly):
                engine.load_for(options)

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        """Raises ProviderMisconfigured when the accurate engine's model is not there."""
        options = request.options
        if not _quick_supports(options):
            return self._accurate.transcribe(request, report)
        length_ms = len(request.samples) * 1_000 // SAMPLE_RATE
        is_fast = options.quality == "fast"
        quick_request = replace(
            request,
            options=SpeechOptions(language=options.language, vocabulary=options.vocabulary),
        )
        quick = self._quick.transcribe(quick_request, lambda done_ms: report(done_ms // 3))
        in_doubt = _in_doubt(quick, _is_hardly_understood if is_fast else _is_doubtful)
        doubted_ms = sum(region.length_ms for region in in_doubt)
        voiced_ms = doubted_ms + sum(
            s.end_ms - s.start_ms for s in quick.segments if not _within(s, in_doubt)
        )
        if not quick.segments and not in_doubt:
            return quick
        if options.quality == "best" or doubted_ms > _MOSTLY * voiced_ms:
            heard = _heard(quick.segments, _untrusted(quick))
            sure = tuple(
                (s.start_ms, s.end_ms) for s in quick.segments if (s.confidence or 0.0) > _CLEAR
            )
            accurate = self._accurate.transcribe(
                replace(request, heard=heard, english=sure), report
            )
            return _merged(quick, accurate)
        if is_fast or not in_doubt:
            report(length_ms)
            return quick
        parts = [_part(request, region, quick) for region in in_doubt]
        answers = self._accurate.transcribe_together(
            parts, _after_a_third(report, length_ms, sum(len(part.samples) for part in parts))
        )
        for region, again in zip(in_doubt, answers, strict=True):
            quick = _patched(quick, again, region)
        report(length_ms)
        return quick


def _after_a_third(report: Report, length_ms: int, samples: int) -> Report:
    """Progress through ``samples`` of sound as the last two thirds of a window."""
    asked_ms = max(1, samples * 1_000 // SAMPLE_RATE)
    return lambda done_ms: report(length_ms // 3 + done_ms * 2 * length_ms // (3 * asked_ms))


def _quick_supports(options: SpeechOptions) -> bool:
    is_english = options.language is None or options.language.partition("-")[0].lower() == "en"
    # Whisper keeps to a vocabulary better: measured in docs/engines.md.
    needs_vocabulary = bool(options.hints) and options.quality != "fast"
    return is_english and not options.translate_to_english and not needs_vocabulary


def _in_doubt(result: SpeechResult, doubtful: Callable[[Sequence[Word]], bool]) -> list[Region]:
    """Stretches of the recording that another engine should transcribe, ordered and apart."""
    spans = [
        (stretch[0].start_ms, stretch[-1].end_ms)
        for stretch in _stretches(result.segments)
        if doubtful([word for segment in stretch for word in segment.words])
    ]
    joined = _joined([*spans, *_untrusted(result)], within_ms=_JOIN_MS)
    return [_whole_sentences(region, result.segments) for region in joined]


def _stretches(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Neighbouring sentences, as many together as one call may have."""
    stretches: list[list[Segment]] = []
    for segment in segments:
        if stretches and segment.end_ms - stretches[-1][0].start_ms <= _STRETCH_MS:
            stretches[-1].append(segment)
        else:
            stretches.append([segment])
    return stretches


def _is_doubtful(words: Sequence[Word]) -> bool:
    """Whether as many errors are expected as another call is worth, or nothing is sure."""
    confidences = [word.confidence or 0.0 for word in words]
    expected = sum(1.0 - confidence for confidence in confidences if confidence < _SURE)
    worth_a_call = expected > DOUBTFUL * (len(words) + _CALL_WORDS)
    # A lone word may be a noise: it stays only when both engines hear it.
    return worth_a_call or sum(confidences) < _ALONE * len(words)


def _is_hardly_understood(words: Sequence[Word]) -> bool:
    """Whether it may be another language."""
    return sum(word.confidence or 0.0 for word in words) < _UNDERSTOOD * len(words)


def _untrusted(result: SpeechResult) -> list[tuple[int, int]]:
    """(start_ms, end_ms) of voice without a trusted word."""
    return [
        (stretch.start_ms, stretch.end_ms)
        for stretch in result.coverage
        if stretch.kind in (CoverageKind.QUARANTINED, CoverageKind.FAILED)
    ]


def _joined(spans: Sequence[tuple[int, int]], *, within_ms: int) -> list[Region]:
    joined: list[Region] = []
    for start_ms, end_ms in sorted(spans):
        if joined and start_ms - joined[-1].end_ms < within_ms:
            joined[-1] = Region(joined[-1].start_ms, max(joined[-1].end_ms, end_ms))
        else:
            joined.append(Region(start_ms, end_ms))
    return joined


def _whole_sentences(region: Region, segments: Sequence[Segment]) -> Region:
    """Grown over the sentences that it touches: they are replaced as a whole."""
    touched = [s for s in segments if s.start_ms < region.end_ms and s.end_ms > region.start_ms]
    return Region(
        min([region.start_ms, *(s.start_ms for s in touched)]),
        max([region.end_ms, *(s.end_ms for s in touched)]),
    )


def _within(segment: Segment, stretches: Sequence[Region]) -> bool:
    middle = (segment.start_ms + segment.end_ms) // 2
    return any(region.start_ms <= middle <= region.end_ms for region in stretches)


def _heard(segments: Sequence[Segment], untrusted: Sequence[tuple[int, int]]) -> str | None:
    """English if the quick engine has understood all of it."""
    words = [word.confidence or 0.0 for segment in segments for word in segment.words]
    understood = words and not untrusted and sum(words) > _UNDERSTOOD * len(words)
    return "en" if understood else None


def _part(request: SpeechRequest, region: Region, quick: SpeechResult) -> SpeechRequest:
    per_ms = SAMPLE_RATE // 1_000
    start_ms = max(0, region.start_ms - request.offset_ms - _AROUND_MS)
    end_ms = region.end_ms - request.offset_ms + _AROUND_MS
    inside = [segment for segment in quick.segments if _within(segment, [region])]
    untrusted = [span for span in _untrusted(quick) if _overlap(Region(*span), region)]
    return replace(
        request,
        samples=request.samples[start_ms * per_ms : end_ms * per_ms],
        offset_ms=request.offset_ms + start_ms,
        around="en",  # of which the quick engine is sure, or the whole window would be asked for
        heard=_heard(inside, untrusted),
    )


def _patched(quick: SpeechResult, again: SpeechResult, region: Region) -> SpeechResult:
    """``quick`` with what both engines found in the region."""
    inside = [s for s in quick.segments if _within(s, [region])]
    outside = [s for s in quick.segments if not _within(s, [region])]
    doubts = tuple(
        c for c in quick.coverage if c.start_ms < region.end_ms and c.end_ms > region.start_ms
    )
    both = _merged(replace(quick, segments=tuple(inside), coverage=doubts), again)
    low = max([region.start_ms, *(s.end_ms for s in outside if s.end_ms <= region.end_ms)])
    high = min([region.end_ms, *(s.start_ms for s in outside if s.start_ms >= low)])
    merged = _fitted([_clipped(segment, low, high) for segment in both.segments], inside, outside)
    stretches = [
        replace(c, start_ms=max(c.start_ms, low), end_ms=min(c.end_ms, high))
        for c in both.coverage
        if c.start_ms < high and c.end_ms > low
    ]
    return replace(
        quick,
        segments=renumbered(tuple(sorted([*outside, *merged], key=lambda s: s.start_ms))),
        coverage=quality.overlaid(quick.coverage, stretches),
        language=both.language or quick.language if not outside else quick.language,
        language_confidence=both.language_confidence if not outside else None,
        model=both.model,
        warnings=tuple(w for w in quick.warnings if w != moonshine.FOREIGN_WARNING),
    )


def _fitted(
    merged: list[Segment], replaced: Sequence[Segment], outside: Sequence[Segment]
) -> list[Segment]:
    """With a beginning and an end that fit the text around: a part decoded alone is a sentence."""
    if not merged or not replaced:
        return merged
    start_ms, end_ms = replaced[0].start_ms, replaced[-1].end_ms
    before = max((s for s in outside if s.end_ms <= start_ms), key=lambda s: s.end_ms, default=None)
    after = min(
        (s for s in outside if s.start_ms >= end_ms), key=lambda s: s.start_ms, default=None
    )
    if after is not None and after.text[:1].islower():
        merged[-1] = word_vote.ending_like(merged[-1], replaced[-1])
    if before is None or ends_sentence(before.text):
        merged[0] = word_vote.with_capital(merged[0])
    return merged


def _clipped(segment: Segment, low_ms: int, high_ms: int) -> Segment:
    def inside(time_ms: int) -> int:
        return min(max(time_ms, low_ms), high_ms)

    words = tuple(
        replace(word, start_ms=inside(word.start_ms), end_ms=inside(word.end_ms))
        for word in segment.words
    )
    return replace(
        segment, words=words, start_ms=inside(segment.start_ms), end_ms=inside(segment.end_ms)
    )


def _merged(quick: SpeechResult, accurate: SpeechResult) -> SpeechResult:
    """The accurate engine's result, with words of the quick one where it is more confident."""
    trusted: list[Segment] = []
    removed: list[Coverage] = []
    babble = _babble(quick, accurate)
    for segment in accurate.segments:
        near = [s for s in quick.segments if _overlap(s, segment)]
        in_babble = segment.language == "en" and _within(segment, babble)
        if in_babble or (not near and (segment.confidence or 0.0) < _ALONE):
            removed.append(
                Coverage(
                    start_ms=segment.start_ms,
                    end_ms=segment.end_ms,
                    kind=CoverageKind.QUARANTINED,
                    text=segment.text,
                    reason=BABBLE if in_babble else ONE_ENGINE,
                )
            )
        else:
            trusted.append(segment)
    # The quick engine supports English only, so it has no vote on other languages.
    english = [segment for segment in trusted if segment.language == "en"]
    foreign = [segment for segment in trusted if segment.language != "en"]
    others = [Region(s.start_ms, s.end_ms) for s in foreign]
    others += [Region(c.start_ms, c.end_ms) for c in removed]
    votes = [segment for segment in quick.segments if not _within(segment, others)]
    segments = sorted([*word_vote.voted(english, votes), *foreign], key=lambda s: s.start_ms)
    return replace(
        accurate,
        segments=renumbered(tuple(segments)),
        coverage=quality.overlaid(accurate.coverage, removed),
        language=accurate.language if segments else None,
        model=" + ".join(dict.fromkeys(m for m in (quick.model, accurate.model) if m)),
    )


def _babble(quick: SpeechResult, accurate: SpeechResult) -> list[Region]:
    """Long stretches of voice in which neither engine understands enough to be believed."""
    babble = []
    for region in _joined(_untrusted(quick), within_ms=_BABBLE_JOIN_MS):
        sure = [
            segment
            for segment in accurate.segments
            if (segment.confidence or 0.0) >= _ALONE and _within(segment, [region])
        ]
        words = sum(len(segment.words) for segment in sure)
        few = words < _BABBLE_WORDS_PER_S * region.length_ms / 1_000
        if region.length_ms >= _BABBLE_MS and few:
            babble.append(region)
    return babble


def _overlap(a: Segment | Region, b: Segment | Region) -> bool:
    return a.start_ms < b.end_ms and b.start_ms < a.end_ms


def build(
    access: Access[SpeechCapabilities],
    *,
    model: str,
    device: str,
    compute_type: str,
    batch_size: int,
    beam_size: int,
) -> Combined:
    return Combined(
        moonshine.build(access),
        faster_whisper.build(
            access,
            model=model,
            device=device,
            compute_type=compute_type,
            batch_size=batch_size,
            beam_size=beam_size,
        ),
    )
