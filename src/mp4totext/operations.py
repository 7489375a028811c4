"""Everything that can be paid for: a literal table, whose rows are imported when they are used."""

from mp4totext.jobs.operation import AnyOperation, Operations
from mp4totext.kit.named import Named, named
from mp4totext.transcriptions.import_url import ImportUrl
from mp4totext.transcriptions.operations import Transcribe

TRANSCRIBE = Transcribe(lambda: named("mp4totext.texts.follow_ups:FOLLOW_UPS"))

OPERATIONS: Operations = Named[AnyOperation](
    {
        "transcribe": TRANSCRIBE,
        "import": ImportUrl(TRANSCRIBE),
        "diarize": "mp4totext.transcriptions.speakers.operations:DIARIZE",
        "learn_speaker_profile": (
            "mp4totext.transcriptions.speaker_profiles.operations:LEARN_PROFILE"
        ),
        "renditions": "mp4totext.transcriptions.renditions.operations:MAKE_RENDITIONS",
        "vendor_deletion": "mp4totext.transcriptions.vendor_deletion:VENDOR_DELETION",
        "live": "mp4totext.live.operations:LIVE",
        "write_text": "mp4totext.texts.operations:WRITE_TEXT",
        "embed": "mp4totext.texts.embed:EMBED",
        "speech": "mp4totext.voices.operations:SPEAK",
        "generate_images": "mp4totext.images.operations:GENERATE_IMAGES",
        "plan_video": "mp4totext.videos.plans.operations:PLAN_VIDEO",
        "find_clips": "mp4totext.videos.clips.operations:FIND_CLIPS",
        "render_video": "mp4totext.videos.operations:RENDER_VIDEO",
        "webhook": "mp4totext.jobs.webhooks:WEBHOOK",
    }
)
