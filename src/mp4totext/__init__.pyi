from mp4totext.kit.errors import AppError as AppError
from mp4totext.library import Progress as Progress
from mp4totext.library import Recording as Recording
from mp4totext.library import Transcriber as Transcriber
from mp4totext.library import TranscriptionFailed as TranscriptionFailed
from mp4totext.library import transcribe as transcribe

__version__: str
__all__: list[str]
