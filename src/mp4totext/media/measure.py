"""Reads all packets of a file once, without decoding them. Runs in the sandbox."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition

from mp4totext.media import (
    declared,
    encryption,
    heads,
    joins,
    leads,
    pieces,
    transport_stream,
    wav_header,
)
from mp4totext.media.container import open_media, packets_of, read_only
from mp4totext.media.errors import DamagedMedia, MediaError, NoAudio, NotMedia, TooComplex
from mp4totext.media.joins import Join, Reached
from mp4totext.media.packets import Packets, refuse_absurd
from mp4totext.media.structure import Part, Structure, Track
from mp4totext.media.timeline import Stamps, Times, TrackTimes, lay_out

TRACKS_MAX = 64  # sound tracks; meeting recorders write one for each person
_PARTS_MAX = 10_000
_LATE_US = 10_000_000  # a video track that starts before this counts only if it continues
_REPORT_EVERY = 2_000  # packets between two reports of progress
_US = 1_000_000
# Formats that declare the length of each track. For others FFmpeg estimates it from the bit rate.
_DECLARES = frozenset({joins.MP4, "wav", "aiff", "caf", "flac", "tta", "wv", "ape"})
_ENDS_WITH_ERROR = "gxf"  # FFmpeg reports its end marker as an error
_HEADER_SLACK_US = 2 * _US
_WEBM = "matroska,webm"
_TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT: time stamps may jump at any time
_STILL = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image

Report = Callable[[int], None]  # called with the position of the walk, in microseconds


def measure(path: Path, report: Report = lambda _at_us: None) -> Structure:
    """The structure of a file. Raises a MediaError if no sound in it can be decoded.

    ``report`` is called from time to time; an exception from it ends the walk.
    """
    walks = [_first_walk(path, report)]
    following, unread = _next_walk(path, walks[-1], report)
    while following is not None:
        walks.append(following)
        if len(walks) > _PARTS_MAX:
            raise TooComplex("The file was joined from too many recordings. Join fewer of them.")
        following, unread = _next_walk(path, following, report)
    parts = _parts(walks)
    first, length_us = walks[0], sum(walk.length_us for walk in walks)
    truncated, warnings = _missing(path, first, walks[-1], length_us, unread)
    return Structure(
        container=first.container,
        tracks=tuple(_with_length(track, parts) for track in _tracks(walks)),
        parts=parts,
        length_us=length_us,
        has_video=first.reached.has_video,
        size_bytes=path.stat().st_size,
        truncated=truncated,
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """One recording from its start to where FFmpeg stops."""

    tracks: tuple[Track, ...]
    times: tuple[TrackTimes | None, ...]
    reached: Reached
    declared_us: int
    damaged: bool  # it ended with an error
    goes_back: bool  # a WebM whose time stamps do, as if its pieces were swapped

    @property
    def container(self) -> str:
        raw = self.reached.join.raw
        return raw.container if raw else self.reached.container

    @property
    def is_plain(self) -> bool:
        """Whether the time stamps never jump. Otherwise the declared length means nothing."""
        return all(len(times.breaks) == 1 for times in self.times if times is not None)

    @property
    def length_us(self) -> int:
        return max(times.end_us for times in self.times if times is not None)


def _first_walk(path: Path, report: Report) -> _Walk:
    """Read the first recording; an MP4 whose edit list shows nothing, without that list."""
    join = joins.first(path)
    try:
        walk = _walk(path, join, report)
        ordered = pieces.of_webm(path) if walk.goes_back and join == Join() else ()
        return _walk(path, Join(pieces=ordered), report) if ordered else walk
    except NotMedia:
        begin = leads.first_begin(path)
        if not begin:
            raise
        ordered = pieces.of_webm(path, begin)
        return _walk(
            path, Join(pieces=ordered) if ordered else joins.recording_at(path, begin), report
        )
    except (NoAudio, DamagedMedia):
        if join.past_header or not any(heads.boxes(path, 0)):
            raise
        return _walk(path, replace(join, past_header=True), report)


def _next_walk(path: Path, walk: _Walk, report: Report) -> tuple[_Walk | None, int]:
    """The next recording, or the number of bytes of one that cannot be read."""
    unread = 0
    for join in joins.candidates(path, walk.reached):
        try:
            return _walk(path, join, report), 0
        except NoAudio:
            continue  # nothing was said there
        except MediaError:
            if not unread and joins.is_recording(path, walk.reached, join):
                unread = path.stat().st_size - join.offset
    return None, unread


def _parts(walks: Sequence[_Walk]) -> tuple[Part, ...]:
    tracks = max(len(walk.tracks) for walk in walks)
    parts: list[Part] = []
    start_us = 0
    for walk in walks:
        join = walk.reached.join
        parts.append(
            Part(
                offset=join.offset,
                end=join.end,
                start_us=start_us,
                raw=join.raw,
                past_header=join.past_header,
                pieces=join.pieces,
                times=(*walk.times, *[None] * (tracks - len(walk.times))),
            )
        )
        start_us += walk.length_us
    return tuple(parts)


def _tracks(walks: Sequence[_Walk]) -> Iterator[Track]:
    """The tracks of joined recordings, each as described by the first in which it is readable."""
    for same in zip_longest(*(walk.tracks for walk in walks)):
        described = [track for track in same if track is not None]
        yield next((track for track in described if track.readable), described[0])


def _with_length(track: Track, parts: Sequence[Part]) -> Track:
    ends = [
        part.start_us + times.end_us
        for part in parts
        if (times := part.times[track.number - 1]) is not None
    ]
    return replace(track, length_us=max(ends, default=0))


def _missing(
    path: Path, first: _Walk, last: _Walk, length_us: int, unread: int
) -> tuple[bool, list[str]]:
    """Whether the header declares more than the file has, and warnings about what is missing."""
    warnings = []
    size = path.stat().st_size
    is_written = last.reached.container != _ENDS_WITH_ERROR and not joins.ends_in_zeros(path)
    if last.damaged and is_written:
        warnings.append("The end of the file is damaged and was left out.")
    short_us = first.declared_us - length_us
    truncated = short_us > max(_HEADER_SLACK_US, first.declared_us // 20) and first.is_plain
    if truncated:
        warnings.append(
            f"The file says it is {first.declared_us / _US:.0f} s long but holds "
            f"{length_us / _US:.0f} s: it was cut off or its header is wrong."
        )
    elif missing := _missing_bytes(path, first):
        truncated = True
        warnings.append(
            f"The file says it has {size + missing} bytes but has {size}: it was cut off, and "
            "what was said after that is missing."
        )
    is_webm = first.container == _WEBM
    if is_webm and (before := leads.unread_bytes(path, first.reached.join.offset)):
        warnings.append(
            f"The first {before} bytes of the file could not be read: what was said there is "
            "missing. The pieces of the recording may be in the wrong order."
        )
    if unread := unread or joins.unread_bytes(path, last.reached):
        warnings.append(
            f"The last {unread} bytes of the file could not be read: what was said there is "
            "missing. Export it again, or split it where recordings were joined."
        )
    return truncated, warnings


def _missing_bytes(path: Path, first: _Walk) -> int:
    """How many bytes are missing from the size that the header declares, at the file's begin."""
    join = first.reached.join
    is_first = not join.offset or join.raw is not None
    return declared.missing_bytes(path, first.container) if is_first else 0


def _open(path: Path, join: Join) -> InputContainer:
    return open_media(
        path,
        offset=join.offset,
        end=join.end,
        raw=join.raw,
        past_header=join.past_header,
        pieces=join.pieces,
    )


def _walk(path: Path, join: Join, report: Report) -> _Walk:
    _refuse_header(path, join)
    with _open(path, join) as container:
        sound = _sound(container)
        encrypted = encryption.encrypted(path, join.offset, container)
        packets = [Packets(s, n, encrypted=s.index in encrypted) for n, s in enumerate(sound, 1)]
        readable = [p for p in packets if p.stream.codec_context is not None]
        if not readable:
            raise _undecodable(path, packets)
        read_only(container, [p.stream for p in readable])
        reached, other_rate, damaged = _read_through(container, readable, report)
        if other_rate:
            return _walk(path, replace(join, end=join.offset + other_rate), report)
        found = [p for p in readable if p.is_readable]
        if not found:
            raise _undecodable(path, packets)
        if not join.past_header and any(p.pace is not None and p.pace.misleads for p in found):
            return _walk(path, replace(join, past_header=True), report)
        pictures = [v for v in container.streams.video if _moves(v)]
        laid = _laid_out(path, join, container, found, pictures)
        is_webm = container.format.name == _WEBM
        facts = found[0].track
        return _Walk(
            tracks=tuple(p.track for p in packets),
            times=tuple(laid.get(p.number) for p in packets),
            reached=Reached(
                join=join,
                start=join.offset + found[0].first_byte,
                end=join.offset + reached if reached else None,
                container=container.format.name,
                codec=facts.codec,
                sample_rate=facts.sample_rate,
                channels=facts.channels,
                has_video=bool(pictures),
            ),
            declared_us=0 if found[0].pace else _declared_us(container, found[0].stream),
            damaged=damaged,
            goes_back=is_webm and any(p.goes_back for p in found),
        )


def _refuse_header(path: Path, join: Join) -> None:
    declared_format = wav_header.channels_and_rate(path, join.offset)
    if declared_format is None or join.raw is not None:
        return
    if not declared_format[0]:
        raise DamagedMedia(
            "The header of the file says that it has no channels: it is damaged. Export it again, "
            "or set the number of channels in an audio editor."
        )
    refuse_absurd(*declared_format)


def _read_through(
    container: InputContainer, tracks: Sequence[Packets], report: Report
) -> tuple[int, int, bool]:
    """(byte after the last packet, where AAC of another rate begins, whether it is damaged).

    FFmpeg times all AAC frames by the first rate, so those of another rate are read separately.
    """
    by_index = {p.stream.index: p for p in tracks}
    may_change = len(tracks) == 1 and container.format.name in joins.AAC_CONTAINERS
    rates = joins.AacRates()
    reached = 0
    try:
        for order, packet in enumerate(packets_of(container, [p.stream for p in tracks])):
            if may_change and packet.size and (place := rates.place_of_other(packet)):
                return reached, place, False
            track = by_index[packet.stream.index]
            track.add(packet, order)
            if packet.pos is not None:
                reached = max(reached, packet.pos + packet.size)
            if order % _REPORT_EVERY == 0:
                report(track.held_us)
    except MemoryError:
        raise
    except av.error.FFmpegError:
        return reached, 0, True
    return reached, 0, False


def _undecodable(path: Path, packets: Sequence[Packets]) -> MediaError:
    if any(p.is_encrypted for p in packets) or transport_stream.is_scrambled(path):
        return encryption.error()
    if not any(p.holds_packets or p.stream.codec_context is None for p in packets):
        return NoAudio(
            "The audio track of the file is empty: nothing was recorded, or the file was cut off. "
            "Choose a recording with audio."
        )
    return DamagedMedia(
        f"The sound ({', '.join(p.codec for p in packets)}) cannot be decoded. Export it in "
        "another format, for example MP3 or M4A."
    )


def _sound(container: InputContainer) -> Sequence[Any]:
    sound = container.streams.audio
    if not sound:
        raise NoAudio(
            "The file has no audio track, so there is nothing to transcribe. "
            "Choose a recording with audio."
        )
    if len(sound) > TRACKS_MAX:
        raise TooComplex(
            f"The file has {len(sound)} audio tracks; at most {TRACKS_MAX} can be read. "
            "Export it with fewer."
        )
    return sound


def _moves(video: Any) -> bool:
    """Whether it is a video: FFmpeg reports cover pictures as video streams, too."""
    return not int(video.disposition) & int(_STILL) and video.codec_context is not None


def _laid_out(
    path: Path,
    join: Join,
    container: InputContainer,
    found: Sequence[Packets],
    pictures: Sequence[Any],
) -> dict[int, TrackTimes]:
    def others() -> Sequence[Times]:
        return _picture_stamps(path, join) if pictures else ()

    stamps = [p.stamps() for p in found]
    origin = _origin_us(stamps, pictures, others)
    broadcast = bool(container.format.flags & _TS_DISCONT)
    laid = lay_out(stamps, broadcast=broadcast, origin_us=origin, others=others)
    return {
        p.number: times if p.pace is None else replace(times, pace=p.pace, seekable=False)
        for p, times in zip(found, laid, strict=True)
    }


def _origin_us(
    stamps: Sequence[Stamps], pictures: Sequence[Any], others: Callable[[], Sequence[Times]]
) -> int:
    """The time stamp at which the first sound or picture begins."""
    sound = min(s.first_us for s in stamps)
    starts = [int(v.start_time * v.time_base * _US) for v in pictures if v.start_time is not None]
    seen = min(starts, default=sound)
    if seen >= sound or sound - seen <= _LATE_US:
        return min(seen, sound)
    needed = max(2, (sound - seen) // 60_000_000)
    goes_on = any(int(((s >= seen) & (s < sound)).sum()) >= needed for s in others())
    return seen if goes_on else sound


def _picture_stamps(path: Path, join: Join) -> Sequence[Times]:
    """Time stamps of the video tracks, which show whether they go on while the sound pauses."""
    with _open(path, join) as container:
        streams = [v for v in container.streams.video if _moves(v)]
        read_only(container, streams)
        seen: dict[int, list[int]] = {stream.index: [] for stream in streams}
        try:
            for packet in packets_of(container, streams):
                if packet.pts is not None:
                    seen[packet.stream.index].append(int(packet.pts * packet.time_base * _US))
        except MemoryError:
            raise
        except av.error.FFmpegError:
            pass  # the packets before the damage are enough, or there are none
        return [np.array(stamps, np.int64) for stamps in seen.values()]


def _declared_us(container: InputContainer, stream: Any) -> int:
    """The length of this track that the header declares; 0 if it declares none."""
    name = container.format.name
    if name in _DECLARES:
        return int(stream.duration * stream.time_base * _US) if stream.duration else 0
    if name == _WEBM and len(container.streams) == 1 and container.duration:
        return int(container.duration - max(container.start_time or 0, 0))
    return 0
