"""Random edits, each as a request and as a pure function of the whole transcript."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mp4totext.editing import segments as editing
from mp4totext.editing import speakers as speaking
from mp4totext.transcript import Segment, Speaker, Transcript, Word

WORDS = ("well", "so", "the", "boats", "went", "out", "at", "dawn.", "Yes,", "no", "and", "Ada")

Json = dict[str, Any]


def made_transcript(chosen: random.Random) -> Transcript:
    """A transcript of a few segments, some of which overlap or have no words."""
    at = 0
    segments: list[Segment] = []
    for number in range(1, chosen.randint(3, 7)):
        at = max(0, at + chosen.choice((-600, 0, 50, 900, 5_000)))
        if segments:
            at = max(at, segments[-1].start_ms)
        speaker = chosen.choice(("S1", "S2"))
        words, start = [], at
        for _ in range(chosen.randint(1, 5)):
            length = chosen.choice((0, 120, 300))
            text = chosen.choice(WORDS)
            words.append(
                Word(
                    text=text,
                    start_ms=at,
                    end_ms=at + length,
                    confidence=chosen.choice((None, 0.5, 0.9)),
                    speaker=speaker,
                )
            )
            at += length + chosen.choice((0, 40))
        segments.append(
            Segment(
                id=f"s{number}",
                start_ms=start,
                end_ms=at,
                text=" ".join(word.text for word in words),
                words=tuple(words) if chosen.random() < 0.9 else (),
                speaker=speaker,
                confidence=0.8,
            )
        )
    there = {segment.speaker for segment in segments}
    return Transcript(
        duration_ms=at + 1_000,
        language="en",
        segments=tuple(segments),
        speakers=tuple(Speaker(id=each) for each in ("S1", "S2") if each in there),
    )


@dataclass
class View:
    """The state of the transcript that one editor has loaded."""

    transcript: Transcript
    revision: int
    segment_revisions: dict[str, int]


@dataclass
class Edit:
    body: Json
    apply: Callable[[Transcript], Transcript]
    targets: set[str] = field(default_factory=set)  # segments that it changes
    speakers: set[str] = field(default_factory=set)  # speakers that it is about

    def collides(self, changed_at: Mapping[str, int], revision: int) -> bool:
        """Whether one of the segments or speakers changed after a revision."""
        return any(changed_at.get(each, 0) > revision for each in self.targets | self.speakers)


class RandomEdits:
    """Chooses edits of the state that an editor has loaded; ``truth`` is the current state."""

    chosen: random.Random
    first: Transcript
    truth: Transcript
    next_segment: int
    next_speaker: int

    def segment_edit(self, view: View) -> Edit:
        shown = view.transcript.segments
        ways = [self._text, self._split, self._split, self._merge, self._remove, self._times]
        ways += [self._check, self._restore]
        if not shown or self.chosen.random() < 0.1:
            return self._insert(view)
        return self.chosen.choice(ways)(view, self.chosen.choice(shown))

    def speaker_edit(self, view: View) -> Edit:
        speakers = [speaker.id for speaker in view.transcript.speakers] or ["S1"]
        ways = [self._rename, self._merge_speakers, self._split_speaker]
        ways += [self._reassign_lines, self._reassign_range]
        return self.chosen.choice(ways)(view, self.chosen.choice(speakers))

    def _new_id(self) -> str:
        self.next_segment += 1
        return f"s{self.next_segment - 1}"

    def _insert(self, view: View) -> Edit:
        after = self.chosen.choice((None, *(segment.id for segment in view.transcript.segments)))
        values: Json = {
            "text": self.chosen.choice(WORDS),
            "start_ms": self.chosen.randint(0, self.first.duration_ms),
            "speaker": None,
        }
        values["end_ms"] = max(0, values["start_ms"] + self.chosen.randint(-5, 400))
        there = {None, *(segment.id for segment in self.truth.segments)}
        return Edit(
            {"action": "insert", "after": after} | values,
            lambda t: editing.insert(t, after=after, new_id=self._new_id, **values),
            set() if after in there else {str(after)},
        )

    def _text(self, view: View, segment: Segment) -> Edit:
        text = " ".join(self.chosen.choices(WORDS, k=self.chosen.randint(0, 5)))
        seen = self.chosen.choice((None, view.segment_revisions[segment.id]))
        return Edit(
            {"id": segment.id, "text": text, "seen": seen},
            lambda t: editing.set_texts(t, {segment.id: text}),
            {segment.id},
        )

    def _split(self, _view: View, segment: Segment) -> Edit:
        at = self.chosen.randint(0, len(segment.text) + 1)
        return Edit(
            {"action": "split", "id": segment.id, "at": at},
            lambda t: editing.split(t, segment.id, at=at, new_id=self._new_id),
            {segment.id},
        )

    def _merge(self, view: View, segment: Segment) -> Edit:
        shown = view.transcript.segments
        place = shown.index(segment) + self.chosen.choice((1, 1, 1, 1, 2))
        other = shown[place % len(shown)].id
        return Edit(
            {"action": "merge", "id": segment.id, "following": other},
            lambda t: editing.merge(t, segment.id, following=other),
            {segment.id, other},
        )

    def _remove(self, _view: View, segment: Segment) -> Edit:
        return Edit(
            {"action": "remove", "id": segment.id},
            lambda t: editing.remove(t, segment.id),
            {segment.id},
        )

    def _times(self, _view: View, segment: Segment) -> Edit:
        start = max(0, segment.start_ms + self.chosen.randint(-300, 300))
        end = max(0, segment.end_ms + self.chosen.randint(-300, 300))
        return Edit(
            {"action": "times", "id": segment.id, "start_ms": start, "end_ms": end},
            lambda t: editing.set_times(t, segment.id, start_ms=start, end_ms=end),
            {segment.id},
        )

    def _check(self, _view: View, segment: Segment) -> Edit:
        checked = self.chosen.random() < 0.7
        return Edit(
            {"action": "check", "id": segment.id, "checked": checked},
            lambda t: editing.check(t, segment.id, checked=checked),
            {segment.id},
        )

    def _restore(self, _view: View, segment: Segment) -> Edit:
        recognised = {each.id: each for each in self.first.segments}
        origins = {each.id: editing.origins_of(each) for each in self.truth.segments}
        members, _roots = editing.family(origins, segment.id)
        return Edit(
            {"action": "restore", "id": segment.id},
            lambda t: editing.restore(t, segment.id, recognised=recognised),
            members or {segment.id},
        )

    def _rename(self, _view: View, speaker: str) -> Edit:
        name = self.chosen.choice((None, "Ada", "Jan"))
        return Edit(
            {"action": "rename", "speaker": speaker, "name": name},
            lambda t: speaking.rename(t, speaker, name),
            speakers={speaker},
        )

    def _merge_speakers(self, view: View, speaker: str) -> Edit:
        other = self.chosen.choice([each.id for each in view.transcript.speakers] or ["S1"])
        return Edit(
            {"action": "merge", "into": speaker, "speakers": [other]},
            lambda t: speaking.merge(t, into=speaker, merged=[other]),
            speakers={speaker, other},
        )

    def _some(self, view: View) -> list[str]:
        shown = view.transcript.segments
        return [each.id for each in shown if self.chosen.random() < 0.4][:3] or ["s1"]

    def _split_speaker(self, view: View, speaker: str) -> Edit:
        ids, new = self._some(view), f"S{self.next_speaker}"

        def apply(t: Transcript) -> Transcript:
            return _with_new_id(speaking.split(t, speaker, segment_ids=ids), t, new)

        body = {"action": "split", "speaker": speaker, "segment_ids": ids}
        return Edit(body, apply, set(ids), {speaker})

    def _reassign_lines(self, view: View, speaker: str) -> Edit:
        to, ids = self.chosen.choice((speaker, speaking.NEW)), self._some(view)
        new = f"S{self.next_speaker}"

        def apply(t: Transcript) -> Transcript:
            done = speaking.reassign_segments(t, segment_ids=ids, speaker=to)
            return _with_new_id(done, t, new)

        return Edit({"action": "reassign", "to": to, "segment_ids": ids}, apply, set(ids))

    def _reassign_range(self, _view: View, speaker: str) -> Edit:
        to, new = self.chosen.choice((speaker, speaking.NEW)), f"S{self.next_speaker}"
        start = self.chosen.randint(0, self.first.duration_ms)
        end = start + self.chosen.randint(1, 2_000)

        def apply(t: Transcript) -> Transcript:
            done = speaking.reassign_range(
                t, start_ms=start, end_ms=end, speaker=to, new_id=self._new_id
            )
            return _with_new_id(done, t, new)

        touched = {s.id for s in self.truth.segments if speaking.touched(s, start, end)}
        body = {"action": "reassign", "to": to, "start_ms": start, "end_ms": end}
        return Edit(body, apply, touched)


def _with_new_id(done: Transcript, before: Transcript, new: str) -> Transcript:
    """The service never uses the id of a speaker again; a value knows only who is there."""
    added = {s.id for s in done.speakers} - {s.id for s in before.speakers}
    if not added:
        return done
    (old,) = added
    segments = speaking.relabelled(done.segments, {old: new})
    speakers = tuple(replace(s, id=new) if s.id == old else s for s in done.speakers)
    return replace(done, segments=segments, speakers=speakers)
