from typing import Any

from mp4totext.openai_api.realtime_events import Utterances

KIND = "conversation.item.input_audio_transcription."


def partial(text: str) -> dict[str, Any]:
    return {"type": "live_partial", "start_ms": 100, "end_ms": 900, "text": text}


def final(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "live_final", "start_ms": 100, "end_ms": 1_100, "text": text, **more}


def sent(utterances: Utterances, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for message in messages for event in utterances.translated(message)]


def deltas(events: list[dict[str, Any]]) -> list[str]:
    return [event["delta"] for event in events if event["type"] == f"{KIND}delta"]


def test_a_word_is_sent_when_two_decodings_agree_on_it() -> None:
    events = sent(
        Utterances(),
        partial("I"),
        partial("I sink"),
        partial("I think that"),
        partial("I think that America"),
        final("I think that America."),
    )
    assert deltas(events) == ["I", " think that", " America."]
    assert events[-1]["transcript"] == "I think that America."
    assert events[-1]["usage"] == {"type": "duration", "seconds": 1.0}


def test_an_utterance_that_became_another_counts_as_it_is_at_its_end() -> None:
    events = sent(
        Utterances(), partial("Ask knot"), partial("Ask knot what"), final("Ask not what.")
    )
    assert deltas(events) == ["Ask knot"]
    assert events[-1]["transcript"] == "Ask not what."


def test_items_follow_each_other_and_silence_is_none() -> None:
    utterances = Utterances()
    first = sent(utterances, partial("One."), final("One."))
    assert sent(utterances, final("")) == []
    second = sent(utterances, final("Two."))
    (committed,) = [e for e in second if e["type"] == "input_audio_buffer.committed"]
    assert committed["previous_item_id"] == first[-1]["item_id"] != committed["item_id"]


def test_an_item_is_added_and_done_once_its_audio_is_committed() -> None:
    events = sent(Utterances(), final("One."))
    kinds = [event["type"] for event in events]
    at = kinds.index("input_audio_buffer.committed")
    assert kinds[at : at + 3] == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]
    assert events[at + 1]["item"] == events[at + 2]["item"]
    assert events[at + 2]["item"]["object"] == "realtime.item"


def test_what_was_no_speech_after_all_is_an_empty_item() -> None:
    events = sent(Utterances(), partial("Hm"), final(""))
    assert events[-1]["transcript"] == ""


def test_an_utterance_that_was_cleared_is_not_continued() -> None:
    utterances = Utterances()
    begun = sent(utterances, partial("One"), partial("One two"), {"type": "live_cleared"})
    then = sent(utterances, final("Three."))
    assert begun[0]["item_id"] != then[0]["item_id"]
    assert deltas(then) == ["Three."]


def test_confidences_of_words_are_sent_when_they_were_asked_for() -> None:
    utterances = Utterances()
    utterances.with_logprobs = True
    word = {"text": "One.", "start_ms": 100, "end_ms": 300, "confidence": 1.0}
    assert sent(utterances, final("One.", words=[word]))[-1]["logprobs"] == [
        {"token": "One.", "logprob": 0.0, "bytes": list(b"One.")}
    ]


def test_the_reason_why_a_session_ends_is_an_error() -> None:
    end = {"type": "live_end", "message": "Nobody spoke.", "duration_ms": 1}
    assert sent(Utterances(), end | {"reason": "ended"}, {"type": "received", "bytes": 1}) == []
    (event,) = sent(Utterances(), end | {"reason": "idle"})
    assert event["error"]["code"] == "idle"
    failed = {"type": "error", "code": "no_audio", "message": "No audio arrived."}
    (event,) = sent(Utterances(), failed)
    assert event["error"]["message"] == "No audio arrived."
