"""Cut lists for editing programs: each paragraph is a clip of the recording, in frames."""

from dataclasses import dataclass, replace

from mp4totext.exports import paragraphs
from mp4totext.exports.filenames import without_media_extension
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.messages import worded
from mp4totext.transcript import Transcript

_LONGEST_NAME = 60  # columns; programs show less


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A clip from frame ``start`` of the recording. The clips of a list are joined without gaps."""

    start: int
    frames: int  # at least one
    name: str  # the first words
    text: str
    speaker: str  # "" when unknown

    @property
    def end(self) -> int:
        return self.start + self.frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    frame: int  # in the recording
    frames: int
    name: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutList:
    title: str
    file: str  # the recording's name, as far as known
    frames: int  # of the recording
    clips: tuple[Clip, ...]
    markers: tuple[Marker, ...]  # chapters, or paragraphs where there are none

    def marked_clips(self) -> list[tuple[Clip, list[Marker]]]:
        """The clips with their markers.

        A marker outside all clips is at the start of the next one: a chapter may start in the
        silence before its first paragraph.
        """
        marked: list[tuple[Clip, list[Marker]]] = [(clip, []) for clip in self.clips]
        for marker in self.markers if marked else ():
            started = [row for row in marked if row[0].start <= marker.frame]
            around = [row for row in started if marker.frame < row[0].end]
            later = [row for row in marked if row[0].start > marker.frame]
            clip, markers = (around[-1:] or later[:1] or marked[-1:])[0]
            frame = min(max(marker.frame, clip.start), clip.end - 1)
            markers.append(replace(marker, frame=frame))
        return marked


def cut_list(transcript: Transcript, options: ExportOptions) -> CutList:
    rate, clips = options.fps, []
    for paragraph in paragraphs.paragraphs(transcript):
        start = rate.frame(paragraph.start_ms)
        label = (paragraph.label or "") if options.speakers else ""
        spoken = f"{label}: {paragraph.text}" if label else paragraph.text
        clips.append(
            Clip(
                start=start,
                frames=max(1, rate.frame(paragraph.end_ms) - start),
                name=unicode.shortened(spoken, _LONGEST_NAME),
                text=paragraph.text,
                speaker=label,
            )
        )
    markers = [
        Marker(
            frame=rate.frame(chapter.start_ms),
            frames=max(1, rate.frame(chapter.end_ms) - rate.frame(chapter.start_ms)),
            name=unicode.shortened(unicode.clean(chapter.title), _LONGEST_NAME)
            or worded("Chapter {number}").format(number=n),
            note=unicode.clean(chapter.summary),
        )
        for n, chapter in enumerate(options.findings.chapters, 1)
    ] or [Marker(frame=c.start, frames=c.frames, name=c.name, note=c.text) for c in clips]
    title = unicode.clean(options.title)
    ends = (clip.end for clip in clips)
    return CutList(
        title=without_media_extension(title) or "Transcript",
        file=title or "recording",
        frames=max(1, rate.frame(transcript.duration_ms), *ends),
        clips=tuple(clips),
        markers=tuple(markers),
    )
