"""Questions over all recordings of a user: passages, and optionally an answer by a model.

Passages are found by their words and, where embeddings are installed, by their meaning as well.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits import prices
from mp4totext.jobs.caller import Caller
from mp4totext.kit import unicode
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.providers.embedding.table import embedding_missing
from mp4totext.runtime import Runtime
from mp4totext.texts import meaning_index, queries, search_index, service
from mp4totext.texts.errors import NothingFound
from mp4totext.texts.meaning_index import Nearest
from mp4totext.texts.orders import ChosenSegments, PlannedText
from mp4totext.texts.planning import plan_text
from mp4totext.texts.schemas import AskOut, AskRequest, PassageOut, TextAccepted
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.options import TextOrder
from mp4totext.writing.extractive.search import fused, passages
from mp4totext.writing.extractive.terms import STOP_WORDS, primary_subtag
from mp4totext.writing.extractive.word_forms import stop_words
from mp4totext.writing.generate.source import Recording, Source, combined_source
from mp4totext.writing.results import Passage
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

RECORDINGS_MAX = 12
"""How many recordings are searched for passages, the best by the database's own ranking."""

PASSAGES_FOR_MODEL = 12  # a model answers from these
CONTEXT_SEGMENTS = 2  # before and after each passage for a model, as context


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    recordings: Sequence[Recording]
    source: Source
    passages: tuple[Passage, ...]


class _Kept(BaseModel):
    """The answer to a repeated request. Without passages: they must not outlive a recording."""

    answer: TextAccepted | None


def ask(runtime: Runtime, session: Session, caller: Caller, request: AskRequest) -> AskOut:
    """Answer with passages, and submit a text if a model is requested; else it is free.

    Raises AppError before anything is held.
    """
    request_fingerprint = fingerprint("ask", request.model_dump(mode="json"))
    owner, key = caller.user_id, caller.idempotency_key
    earlier = earlier_answer(session, owner=owner, key=key, request=request_fingerprint)
    not_indexed = search_index.refresh(session, owner)
    limit = max(request.limit, PASSAGES_FOR_MODEL) if request.wants_model else request.limit
    result = find(runtime, session, user_id=owner, question=request.question, limit=limit)
    answer = AskOut(
        passages=[_passage_out(result, passage) for passage in result.passages[: request.limit]],
        not_yet_searched=not_indexed,
        meaning_missing=embedding_missing(runtime.settings),
    )
    if earlier is not None:
        answer.answer = _Kept.model_validate(earlier).answer
        return answer
    if request.wants_model:
        text = _plan_answer(runtime, session, owner, request, result)
        answer.answer = service.submit_text(session, caller, text, priority="default")
    stored = _Kept(answer=answer.answer).model_dump(mode="json")
    remember_answer(session, owner=owner, key=key, request=request_fingerprint, answer=stored)
    return answer


def find(
    runtime: Runtime, session: Session, *, user_id: str, question: str, limit: int
) -> SearchResult:
    """The best passages for a question, in the best recordings by full-text rank and by meaning."""
    near = meaning_index.answers(
        runtime, session, question, among=transcriptions.owned(user_id), limit=limit
    )
    ids = search_index.find(session, user_id=user_id, question=question, limit=RECORDINGS_MAX)
    taking_turns = chain.from_iterable(
        zip_longest(dict.fromkeys(chunk.transcription_id for chunk in near), ids)
    )
    recordings = [
        queries.recording(session, user_id=user_id, transcription_id=key, version=None)
        for key in list(dict.fromkeys(filter(None, taking_turns)))[:RECORDINGS_MAX]
    ]
    source = combined_source(recordings)
    spoken = sentences(TextIndex(source.transcript))
    # The question is assumed to be in the language of most of the recordings.
    languages = Counter(recording.transcript.language for recording in recordings)
    language = next((tag for tag, _ in languages.most_common(1)), None)
    by_words = passages(spoken, question, language=language, limit=limit)
    best = by_words
    if near:
        by_meaning = [_passage_of(chunk, source) for chunk in near]
        # Matches of function words alone say nothing: every text has them.
        common = STOP_WORDS.union(stop_words(primary_subtag(language)))
        with_content_words = [
            passage for passage in by_words if not common.issuperset(passage.matched)
        ]
        best = fused(with_content_words, list(filter(None, by_meaning)), limit=limit)
    return SearchResult(recordings=recordings, source=source, passages=best)


def _passage_of(chunk: Nearest, source: Source) -> Passage | None:
    """None for a chunk whose segments were removed since, or whose recording is not among them."""
    key, segment_ids = chunk.transcription_id, frozenset(chunk.segment_ids)
    segments = [
        segment
        for segment in source.transcript.segments
        if source.origins[segment.id].transcription_id == key
        and source.origins[segment.id].segment_id in segment_ids
    ]
    if not segments:
        return None
    speakers = {segment.speaker for segment in segments}
    return Passage(
        segment_ids=tuple(segment.id for segment in segments),
        start_ms=segments[0].start_ms,
        end_ms=segments[-1].end_ms,
        text=unicode.joined(segment.text.strip() for segment in segments),
        speaker=speakers.pop() if len(speakers) == 1 else None,
        rank=0,  # until they are fused
        score=round(chunk.score, 4),
        matched=(),
        by="meaning",
    )


def _plan_answer(
    runtime: Runtime, session: Session, user_id: str, request: AskRequest, result: SearchResult
) -> PlannedText:
    options: dict[str, object] = {"questions": [request.question]}
    if request.language is not None:
        options["language"] = request.language
    order = TextOrder(
        kind="questions", provider=request.provider, model=request.model, options=options
    )
    plan = plan_text(order, prices=prices.current(session), settings=runtime.settings)
    chosen = _chosen_segments(session, user_id, result)
    if not chosen:
        raise NothingFound(
            "No recording contains a word of this question. Nothing was charged; rephrase it."
        )
    only = {part.transcription_id: frozenset(part.segment_ids or ()) for part in chosen}
    recordings = [
        recording for recording in result.recordings if recording.transcription_id in only
    ]
    return PlannedText(
        plan=plan,
        transcript=combined_source(recordings, only=only).transcript,
        recordings=tuple(chosen),
        transcription_id=None,
        version=None,
    )


def _chosen_segments(session: Session, user_id: str, result: SearchResult) -> list[ChosenSegments]:
    """For each recording the segments of the passages, with those around them."""
    ids_of: dict[str, set[str]] = {}
    for passage in result.passages:
        for place in result.source.places(passage.segment_ids):
            ids_of.setdefault(place.transcription_id, set()).update(place.segment_ids)
    chosen = []
    for recording in result.recordings:
        ids = ids_of.get(recording.transcription_id)
        if not ids:
            continue
        segments = recording.transcript.segments
        hits = [n for n, segment in enumerate(segments) if segment.id in ids]
        near = {m for n in hits for m in range(n - CONTEXT_SEGMENTS, n + CONTEXT_SEGMENTS + 1)}
        row = transcriptions.get(
            session, user_id=user_id, transcription_id=recording.transcription_id
        )
        chosen.append(
            ChosenSegments(
                transcription_id=recording.transcription_id,
                version=transcriptions.version(session, row).number,
                segment_ids=tuple(segment.id for n, segment in enumerate(segments) if n in near),
            )
        )
    return chosen


def _passage_out(result: SearchResult, passage: Passage) -> PassageOut:
    place = next(result.source.places(passage.segment_ids))
    titles = {recording.transcription_id: recording.title for recording in result.recordings}
    return PassageOut(
        rank=passage.rank,
        score=passage.score,
        transcription_id=place.transcription_id,
        title=titles[place.transcription_id],
        segment_ids=list(place.segment_ids),
        start_ms=place.start_ms,
        end_ms=place.end_ms,
        text=passage.text,
        speaker=result.source.transcript.speaker_label(passage.speaker),
        matched=list(passage.matched),
        by=passage.by,
    )
