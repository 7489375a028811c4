"""Translates events of live sessions to those of OpenAI's Realtime transcription."""

from collections.abc import Iterator
from typing import Any

from mp4totext.kit.ids import new_id
from mp4totext.openai_api.shapes import logprobs
from mp4totext.transcript import Word

Json = dict[str, Any]  # JSON values
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


def event(type: str, **body: Any) -> Json:  # noqa: A002  the field's name on the wire
    return {"type": type, "event_id": new_id("evt"), **body}


def error_event(
    message: str, *, code: str, param: str | None = None, of: str | None = None
) -> Json:
    """``of`` is the id of the client event that caused it."""
    error = {
        "type": "invalid_request_error",
        "code": code,
        "message": message,
        "param": param,
        "event_id": of,
    }
    return event("error", error=error)


class Utterances:
    """Turns the words of a session into deltas.

    Partial words may change until their utterance ends, while a delta cannot be taken back.
    """

    def __init__(self) -> None:
        self.with_logprobs = False
        self._item: str | None = None  # of the open utterance
        self._last_item: str | None = None
        self._sent = ""
        self._partial: list[str] = []

    def translated(self, message: Json) -> Iterator[Json]:
        """The events for a message of the live socket; none if OpenAI has no equivalent."""
        match message["type"]:
            case "live_partial":
                yield from self._begun(message)
                yield from self._stable(message["text"])
            case "live_final":
                yield from self._ended(message)
            case "live_cleared":
                self._item = None  # of an utterance that was open
            case "live_end" if message["reason"] != "ended":
                yield error_event(message["message"], code=message["reason"])
            case "error":
                yield error_event(message["message"], code=message["code"])

    def _begun(self, message: Json) -> Iterator[Json]:
        if self._item is not None:
            return
        self._item, self._sent, self._partial = new_id("item"), "", []
        yield event(
            "input_audio_buffer.speech_started",
            audio_start_ms=message["start_ms"],
            item_id=self._item,
        )

    def _stable(self, text: str) -> Iterator[Json]:
        """A delta of the words on which the last two decodings agree, which rarely change again."""
        words, before = text.split(), self._partial
        self._partial = words
        agreed = next(
            (n for n, pair in enumerate(zip(words, before, strict=False)) if pair[0] != pair[1]),
            min(len(words), len(before)),
        )
        yield from self._delta(" ".join(words[:agreed]))

    def _delta(self, text: str) -> Iterator[Json]:
        """A delta of the text that was not sent yet; none if the sent text differs."""
        if not text.startswith(self._sent) or text == self._sent:
            return
        delta, self._sent = text[len(self._sent) :], text
        yield self._of_item("delta", delta=delta)

    def _ended(self, message: Json) -> Iterator[Json]:
        text = message["text"]
        if not text and self._item is None:
            return
        yield from self._begun(message)
        yield event(
            "input_audio_buffer.speech_stopped",
            audio_end_ms=message["end_ms"],
            item_id=self._item,
        )
        yield event(
            "input_audio_buffer.committed",
            previous_item_id=self._last_item,
            item_id=self._item,
        )
        for state in ("added", "done"):  # an item of audio is complete when it is committed
            yield event(
                f"conversation.item.{state}", previous_item_id=self._last_item, item=self._entry()
            )
        yield from self._delta(text)
        seconds = (message["end_ms"] - message["start_ms"]) / 1000
        more = {}
        if self.with_logprobs:
            more["logprobs"] = logprobs(Word(**word) for word in message.get("words", ()))
        yield self._of_item(
            "completed",
            transcript=text,
            usage={"type": "duration", "seconds": seconds},
            **more,
        )
        self._last_item, self._item = self._item, None

    def _of_item(self, kind: str, **body: Any) -> Json:
        return event(f"{_TRANSCRIPTION}.{kind}", item_id=self._item, content_index=0, **body)

    def _entry(self) -> Json:
        content = [{"type": "input_audio", "transcript": None}]
        return {
            "id": self._item,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": content,
        }
