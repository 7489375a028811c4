"""The operation ``write_text``: writes a text, with or without a language model."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import update
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.kit.clock import now
from mp4totext.messages import answering_in
from mp4totext.providers.embedding.table import ready_embedder
from mp4totext.providers.search.table import web_search
from mp4totext.texts import queries
from mp4totext.texts.model_choice import LOCAL, ModelChoice, model_session
from mp4totext.texts.models import WrittenText
from mp4totext.texts.orders import WriteTextParams, plan_request, write_params
from mp4totext.texts.prices import search_line, text_line, text_quote
from mp4totext.texts.schemas import TextQuote, TextQuoteRequest
from mp4totext.writing import chinese
from mp4totext.writing.generate import postprocess, web_research
from mp4totext.writing.generate.long_document import Draft, LongDocument
from mp4totext.writing.generate.postprocess import FinishedText
from mp4totext.writing.generate.source import Source, combined_source, single_source
from mp4totext.writing.generate.streaming import TextStream
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import LocalOptions, Options, TextKind
from mp4totext.writing.kinds.web_context import WebContextOptions, WebQueriesAnswer
from mp4totext.writing.prompts import Brief, brief


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    finished: FinishedText
    text_id: str
    searches: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None


class WriteText(Operation[WriteTextParams, WriteResult]):
    name = "write_text"
    params = WriteTextParams
    passing_events = frozenset({"text_delta"})
    quote_request = TextQuoteRequest
    quote_answer = TextQuote

    def time_limit_s(self, params: WriteTextParams) -> int:
        return 1800 + params.characters // 10  # slow models write 10 characters a second

    def quote(self, params: WriteTextParams, prices: PriceList) -> Quote:
        kind = KINDS[params.kind]
        return text_quote(
            prices,
            kind=kind,
            options=kind.options.model_validate(params.options),
            provider=params.provider,
            model=params.model,
            characters=params.characters,
        )

    def estimate(self, request: TextQuoteRequest, ctx: QuoteContext) -> TextQuote:
        user_id = ctx.caller.user_id
        text = plan_request(ctx.runtime, ctx.session, user_id, request.transcription_id, request)
        params = write_params(text, text_id="", user_id=user_id)
        return TextQuote.of(
            ctx,
            self.quote(params, ctx.prices),
            kind=params.kind,
            provider=params.provider,
            model=params.model,
            characters=params.characters,
        )

    def run(self, params: WriteTextParams, ctx: Context) -> WriteResult:
        kind = KINDS[params.kind]
        options = kind.options.model_validate(params.options)
        with ctx.runtime.database.read() as session:
            source = source_of(session, params)
        # A text stays as it is written: nameless speakers have a label in its own language.
        with answering_in(brief(source.transcript, options).language):
            if params.provider == LOCAL:
                assert isinstance(options, LocalOptions)
                return _written_locally(params, ctx, options, source)
            return _ModelText(params, ctx, kind, options, source).write()

    def save(self, session: Session, job: JobView, result: WriteResult) -> tuple[Line, ...]:
        finished = result.finished
        session.execute(
            update(WrittenText)
            .where(WrittenText.id == result.text_id)
            .values(
                body=finished.body,
                data=finished.data,
                citations=finished.citations,
                gaps=finished.gaps,
                warnings=finished.warnings,
                input_tokens=result.input_tokens,
                output_tokens=result.output_tokens,
                finished_at=now(),
            )
        )
        row = session.get_one(Job, job.id)
        row.warnings = [*row.warnings, *finished.warnings]
        return tuple(_lines_to_charge(job, row, result))


def _written_locally(
    params: WriteTextParams, ctx: Context, options: LocalOptions, source: Source
) -> WriteResult:
    spoken = chinese.written_transcript(source.transcript, options.language)
    embed = ready_embedder(ctx.runtime.settings, check=ctx.check)
    local = options.write_locally(spoken, embed=embed)
    ctx.check()
    return WriteResult(finished=postprocess.from_local(local, source), text_id=params.text_id)


def _lines_to_charge(job: JobView, row: Job, result: WriteResult) -> list[Line]:
    """The quoted lines without what the text lacks: characters, searches without results."""
    params = WriteTextParams.model_validate(row.params)
    # The model requested no search, so there is no web context to charge for.
    if not result.finished.body and result.finished.characters == 0:
        return []
    line = text_line(
        job.prices,
        kind=KINDS[params.kind],
        provider=params.provider,
        model=params.model,
        characters=min(result.finished.characters, params.characters),
        missing=result.finished.missing,
    )
    lines = [line]
    if result.searches:
        lines.append(search_line(job.prices, result.searches))
    return lines if row.metered else list(Quote(lines=tuple(lines)).free().lines)


def source_of(session: Session, params: WriteTextParams) -> Source:
    recordings = [
        queries.recording(
            session,
            user_id=params.user_id,
            transcription_id=chosen.transcription_id,
            version=chosen.version,
        )
        for chosen in params.recordings
    ]
    only = {
        chosen.transcription_id: frozenset(chosen.segment_ids)
        for chosen in params.recordings
        if chosen.segment_ids is not None
    }
    if len(recordings) == 1 and not only:
        return single_source(recordings[0])
    return combined_source(recordings, only=only)


class _ModelText:
    """One text written by a model."""

    def __init__(
        self,
        params: WriteTextParams,
        ctx: Context,
        kind: TextKind,
        options: Options,
        source: Source,
    ) -> None:
        assert params.model is not None  # only LOCAL has none
        self._params, self._ctx = params, ctx
        self._kind, self._options, self._source = kind, options, source
        # Part of each step's name, so that after an edit answers to the old transcript are not
        # reused.
        digest = sha256(repr(source.transcript.segments).encode()).hexdigest()[:8]
        self._about: Brief = brief(source.transcript, options, title=source.title)
        choice = ModelChoice(provider=params.provider, model=params.model)
        self._model = model_session(choice, ctx, steps=digest)
        self._stream = TextStream(self._publish_delta)

    def write(self) -> WriteResult:
        draft = LongDocument(
            model=self._model,
            kind=self._kind,
            options=self._options,
            about=self._about,
            transcript=self._source.transcript,
            on_text=self._stream,
            restart=self._stream.restart,
            progress=self._progress,
        ).write()
        if isinstance(self._options, WebContextOptions):
            return self._write_web_context(self._options, draft)
        self._stream.flush()
        return self._result(postprocess.finish(draft, self._source))

    def _write_web_context(self, options: WebContextOptions, draft: Draft) -> WriteResult:
        assert isinstance(draft.answer, WebQueriesAnswer)
        context = web_research.synthesise(
            draft.answer,
            options=options,
            about=self._about,
            source=self._source,
            model=self._model,
            search=web_search(self._ctx.runtime.settings),
            optional=self._ctx.optional,
            on_text=self._stream,
        )
        self._stream.flush()
        finished = postprocess.with_gaps(context.finished, draft, self._source)
        return self._result(finished, searches=context.searches)

    def _result(self, finished: FinishedText, *, searches: int = 0) -> WriteResult:
        return WriteResult(
            finished=finished,
            text_id=self._params.text_id,
            searches=searches,
            input_tokens=self._model.input_tokens or None,
            output_tokens=self._model.output_tokens or None,
        )

    def _progress(self, done_ms: int) -> None:
        total_ms = max(1, self._source.transcript.duration_ms)
        self._ctx.progress("write", min(done_ms, total_ms), total_ms)

    def _publish_delta(self, at: int, text: str) -> None:
        self._ctx.publish(
            "text_delta", text_id=self._params.text_id, kind=self._kind.name, at=at, text=text
        )


WRITE_TEXT = WriteText()
