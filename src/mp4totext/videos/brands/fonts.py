"""A brand's font in its videos: used if it can draw the text; warnings name what it lacks."""

from contextlib import suppress
from pathlib import Path

from mp4totext.exports.findings import Text
from mp4totext.kit import unicode
from mp4totext.kit.storage import ObjectMissing, Storage
from mp4totext.media.typeface import Font, lacking, main_font, own_font
from mp4totext.transcript import Transcript
from mp4totext.videos import files
from mp4totext.videos.brands.branding import BrandFile, BrandFont
from mp4totext.videos.errors import PictureMissing
from mp4totext.videos.storyboard import Storyboard

# With more letters than this from another font, a text looks patched together.
_LACKING_SHARE = 0.02
_NAMED = 12  # characters in a warning


def fetched(
    storage: Storage, file: BrandFile, workdir: Path, *, video_id: str | None = None
) -> Path:
    """A file of a brand, in ``workdir``. Raises PictureMissing.

    ``video_id``: a video that was ordered with the file, and keeps it when the brand gets another.
    """
    path = workdir / f"brand-{Path(file.key).name}"
    if path.exists():
        return path
    keys = [file.key, *([files.kept_brand_key(video_id, file.key)] if video_id else [])]
    for key in keys:
        with suppress(ObjectMissing):
            return storage.fetch(key, path)
    raise PictureMissing("A file of the brand was deleted. Render the video again.")


def letters(board: Storyboard, spoken: Transcript, translation: Text | None) -> str:
    """All text that is drawn into the picture."""
    cards = [scene.picture.card for scene in board.scenes if scene.picture.card]
    texts = [board.look.title or ""]
    texts += [text for card in cards for text in (card.large, card.small, card.foot)]
    if board.captions.are_burned:
        texts.append(spoken.text)
        texts += [line.text for line in translation.lines] if translation else []
    return unicode.clean(" ".join(texts))


def chosen(font: BrandFont, path: Path, text: str, language: str | None) -> Font:
    """The brand's font, or that of the language where it lacks too much of the text."""
    own = own_font(path, font.family)
    missing = lacking(text, own)
    count = sum(character in missing for character in text)
    return main_font(language) if count > _LACKING_SHARE * len(text) else own


def warnings(font: BrandFont | None, used: Font, text: str) -> list[str]:
    if font is None:
        return []
    if used.family != font.family:
        return [f"The brand's font {font.name!r} lacks many of the letters: {used.family} is used."]
    missing = lacking(text, used)
    if not missing:
        return []
    named = " ".join(sorted(missing)[:_NAMED])
    return [f"The brand's font {font.name!r} does not have {named}: another font draws them."]
