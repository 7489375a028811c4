"""How names of recordings end. For pickers and lists only: what is in a file decides."""

FILE_EXTENSIONS = (
    *("mp4", "m4v", "mov", "mkv", "webm", "avi", "wmv", "flv", "mpg", "mpeg", "ts", "mts", "mxf"),
    *("3gp", "ogv", "mp3", "m4a", "aac", "wav", "flac", "ogg", "oga", "opus", "wma", "aif", "aiff"),
    *("amr", "ac3", "caf", "au", "mka"),
)
