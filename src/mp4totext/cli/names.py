"""Names that help texts list. The tables they come from import engines; a test compares them."""

FORMATS = (
    "txt",
    "md",
    "srt",
    "vtt",
    "ttml",
    "json",
    "csv",
    "docx",
    "pdf",
    "rttm",
    "ass",
    "lrc",
    "vtt-words",
    "vtt-chapters",
    "youtube",
    "psc",
    "podcast-chapters",
    "obsidian",
    "audacity",
    "textgrid",
    "eaf",
    "ctm",
    "stm",
    "otio",
    "fcpxml",
    "edl",
    "premiere",
    "resolve",
)
EXPORT_OPTIONS = (
    "title",
    "preset",
    "max_columns",
    "max_lines",
    "speaker_mark",
    "speakers",
    "timestamps",
    "findings",
    "translation",
    "bilingual",
    "fps",
    "bom",
)
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
VIDEO_PRESETS = ("captioned", "audiogram", "clip", "slideshow", "lesson", "dubbed")
VIDEO_ASPECTS = ("source", "16:9", "1:1", "9:16")
VIDEO_FITS = ("fit", "fill")
VIDEO_CAPTIONS = ("word", "sweep", "box", "big", "speakers", "clean", "two", "soft", "none")
VIDEO_SOUNDS = ("original", "voice_over_original", "voice", "silent")
CLIP_CAPTIONS = tuple(style for style in VIDEO_CAPTIONS if style != "two")
CLIP_S = (5, 180)  # the shortest and the longest passage
PALETTES = ("dusk", "ocean", "moss", "plum", "slate", "paper")
IMAGE_STYLES = (
    "professional",
    "artistic",
    "technical",
    "minimalist",
    "cinematic",
    "documentary",
    "watercolour",
    "paper-cut",
)
IMAGE_STYLE = "cinematic"
IMAGE_ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4")
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
