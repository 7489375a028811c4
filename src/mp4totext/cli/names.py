"""Names that help texts list. The tables they come from import engines; a test compares them."""

FORMATS = ("txt", "md", "srt", "vtt", "ttml", "json", "csv", "docx", "pdf", "rttm")
DIARIZERS = ("local", "channels", "pyannote", "modal")
FEATURES = ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
TEXT_KINDS = (
    "clean",
    "summary",
    "chapters",
    "action_items",
    "key_phrases",
    "lecture_notes",
    "exam_questions",
    "translate",
    "custom",
    "questions",
    "web_context",
)
MODEL_KINDS = ("text", "speech", "image", "voice")
QUEUES = ("live", "network", "critical", "high", "default", "low", "gpu")
SOUND_CODECS = ("mp3", "wav", "flac", "opus", "aac", "pcm")
VIDEO_PRESETS = ("captioned", "audiogram", "clip")
VIDEO_ASPECTS = ("source", "16:9", "1:1", "9:16")
VIDEO_FITS = ("fit", "fill")
VIDEO_CAPTIONS = ("word", "clean", "none")
VIDEO_PALETTES = ("dusk", "ocean", "moss", "plum")
