"""A question over all of a user's recordings: passages, and a model's answer from them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mp4totext.credits import prices
from mp4totext.jobs.caller import Caller
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.runtime import Runtime
from mp4totext.texts import queries, search_index, service
from mp4totext.texts.errors import NothingFound
from mp4totext.texts.orders import ChosenSegments, PlannedText
from mp4totext.texts.planning import plan_text
from mp4totext.texts.schemas import AskOut, AskRequest, PassageOut, TextAccepted
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.schemas import TextOrder
from mp4totext.writing.extractive.search import passages
from mp4totext.writing.generate.source import Recording, Source, combined_source
from mp4totext.writing.results import Passage
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

MOST_RECORDINGS = 12
"""Looked into for passages, best first by the database's own ranking."""

FOR_A_MODEL = 12  # passages it answers from
AROUND = 2  # segments before and after each of them, so that it reads them in their place


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    recordings: Sequence[Recording]
    source: Source
    passages: tuple[Passage, ...]


def ask(runtime: Runtime, session: Session, caller: Caller, wanted: AskRequest) -> AskOut:
    """Raises AppError before anything is held; without a model it costs nothing."""
    asked = fingerprint("ask", wanted.model_dump(mode="json"))
    owner, key = caller.user_id, caller.idempotency_key
    earlier = earlier_answer(session, owner=owner, key=key, request=asked)
    waiting = search_index.refresh(session, owner)
    most = max(wanted.limit, FOR_A_MODEL) if wanted.wants_model else wanted.limit
    found = find(session, user_id=owner, question=wanted.question, most=most)
    answer = AskOut(
        passages=[_passage_out(found, one) for one in found.passages[: wanted.limit]],
        not_yet_searched=waiting,
    )
    if earlier is not None:
        answer.answer = TextAccepted.model_validate(earlier)
    elif wanted.wants_model:
        text = _planned(runtime, session, owner, wanted, found)
        answer.answer = service.submit_text(session, caller, text, priority="default")
        # Without the passages: words of a recording must not outlive it.
        kept = answer.answer.model_dump(mode="json")
        remember_answer(session, owner=owner, key=key, request=asked, answer=kept)
    return answer


def find(session: Session, *, user_id: str, question: str, most: int) -> Found:
    ids = search_index.find(session, user_id=user_id, question=question, most=MOST_RECORDINGS)
    recordings = [
        queries.recording(session, user_id=user_id, transcription_id=one, version=None)
        for one in ids
    ]
    source = combined_source(recordings)
    said = sentences(TextIndex(source.transcript))
    languages = Counter(one.transcript.language for one in recordings)
    language = next((tag for tag, _ in languages.most_common(1)), None)
    best = passages(said, question, language=language, limit=most)
    return Found(recordings=recordings, source=source, passages=best)


def _planned(
    runtime: Runtime, session: Session, user_id: str, wanted: AskRequest, found: Found
) -> PlannedText:
    options: dict[str, object] = {"questions": [wanted.question]}
    if wanted.language is not None:
        options["language"] = wanted.language
    order = TextOrder(
        kind="questions", provider=wanted.provider, model=wanted.model, options=options
    )
    plan = plan_text(order, prices=prices.current(session), settings=runtime.settings)
    chosen = _chosen(session, user_id, found)
    if not chosen:
        raise NothingFound("No recording holds a word of this question; nothing was charged.")
    only = {one.transcription_id: frozenset(one.segment_ids or ()) for one in chosen}
    taken = [one for one in found.recordings if one.transcription_id in only]
    return PlannedText(
        plan=plan,
        transcript=combined_source(taken, only=only).transcript,
        recordings=tuple(chosen),
        transcription_id=None,
        version=None,
    )


def _chosen(session: Session, user_id: str, found: Found) -> list[ChosenSegments]:
    """The passages with what stands around them, by recording, in the recordings' order."""
    wanted: dict[str, set[str]] = {}
    for passage in found.passages:
        for place in found.source.places(passage.segment_ids):
            wanted.setdefault(place.transcription_id, set()).update(place.segment_ids)
    chosen = []
    for recording in found.recordings:
        ids = wanted.get(recording.transcription_id)
        if not ids:
            continue
        segments = recording.transcript.segments
        places = [n for n, segment in enumerate(segments) if segment.id in ids]
        near = {m for n in places for m in range(n - AROUND, n + AROUND + 1)}
        row = transcriptions.get(
            session, user_id=user_id, transcription_id=recording.transcription_id
        )
        chosen.append(
            ChosenSegments(
                transcription_id=recording.transcription_id,
                version=transcriptions.version(session, row).number,
                segment_ids=tuple(one.id for n, one in enumerate(segments) if n in near),
            )
        )
    return chosen


def _passage_out(found: Found, passage: Passage) -> PassageOut:
    place = next(found.source.places(passage.segment_ids))
    titles = {one.transcription_id: one.title for one in found.recordings}
    return PassageOut(
        rank=passage.rank,
        score=passage.score,
        transcription_id=place.transcription_id,
        title=titles[place.transcription_id],
        segment_ids=list(place.segment_ids),
        start_ms=place.start_ms,
        end_ms=place.end_ms,
        text=passage.text,
        speaker=found.source.transcript.speaker_label(passage.speaker),
        matched=list(passage.matched),
    )
