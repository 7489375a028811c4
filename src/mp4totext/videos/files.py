"""Storage keys of the files of a video."""

from mp4totext.jobs.operation import StoredFiles
from mp4totext.videos.models import Brand, Video, VideoPiece

PREFIX, PIECES, BRANDS = "videos", "pieces", "brands"


def folder(video_id: str) -> str:
    return f"{PREFIX}/{video_id}"


def rendered_folder(video_id: str, revision: int) -> str:
    """Each render is a new file, so old links never show half of the new one."""
    return f"{folder(video_id)}/{revision}"


def video_key(video_id: str, revision: int) -> str:
    return f"{rendered_folder(video_id, revision)}/video.mp4"


def thumbnail_key(video_id: str, revision: int) -> str:
    return f"{rendered_folder(video_id, revision)}/thumbnail.jpg"


def parts_folder(video_id: str) -> str:
    """The folder of parts that are needed only until they are joined."""
    return f"{folder(video_id)}/parts"


def sound_key(video_id: str) -> str:
    return f"{parts_folder(video_id)}/sound.m4a"


def kept_brand_key(video_id: str, key: str) -> str:
    """The copy of a brand's file for a video that was requested before the file was replaced."""
    return f"{parts_folder(video_id)}/brand/{key.rpartition('/')[2]}"


def kept_image_key(video_id: str, key: str) -> str:
    """The copy of an account's picture for a video that was requested before it was deleted."""
    return f"{parts_folder(video_id)}/{key}"


def kept_music_key(video_id: str) -> str:
    """The copy of the music for a video that was requested before its recording was deleted."""
    return f"{parts_folder(video_id)}/music"


def piece_folder(piece_id: str) -> str:
    return f"{PIECES}/{piece_id}"


def piece_key(piece_id: str, extension: str) -> str:
    """The file is named by ID, as a work folder holds many."""
    return f"{piece_folder(piece_id)}/{piece_id}.{extension}"


def brand_folder(brand_id: str) -> str:
    return f"{BRANDS}/{brand_id}"


def brand_key(brand_id: str, file_id: str, extension: str) -> str:
    """Each upload has a folder of its own, so that it can be deleted alone."""
    return f"{brand_folder(brand_id)}/{file_id}/{file_id}.{extension}"


VIDEO_FILES = StoredFiles(prefix=PREFIX, id_prefix="vid", table=Video.__table__)
PIECE_FILES = StoredFiles(prefix=PIECES, id_prefix="pce", table=VideoPiece.__table__, counted=False)
BRAND_FILES = StoredFiles(prefix=BRANDS, id_prefix="brd", table=Brand.__table__)
