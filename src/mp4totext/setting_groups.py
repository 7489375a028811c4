"""Settings in groups, each a variable of the environment or of ``.env``.

The variables keep the names that the first backend's ``.env`` used. docs/settings.md is generated
from the descriptions.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mp4totext.kit.setting_files import FileSource, Unusable
from mp4totext.kit.setting_values import (
    DatabaseUrl,
    Endpoint,
    Host,
    Proxies,
    PublicNames,
    Rate,
    RedisUrl,
    WebUrl,
    tidied,
)


class _Group(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,  # an empty PORT= counts as not set
        extra="ignore",
        frozen=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _tidied(cls, value: Any) -> Any:  # whatever type the field has
        if isinstance(value, Unusable):
            raise ValueError(value.sentence)  # noqa: TRY004  a mistake in the settings
        return tidied(value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(env_settings, EnvSettingsSource)
        assert isinstance(dotenv_settings, EnvSettingsSource)
        given = {**dotenv_settings.env_vars, **env_settings.env_vars}
        files = FileSource(settings_cls, given=given)
        return init_settings, files, env_settings, dotenv_settings, file_secret_settings


class AppSettings(_Group):
    """The process itself."""

    app_env: Literal["development", "test", "production"] = Field(
        "development",
        description="In production the service refuses to start with a missing, short or "
        "well-known secret.",
    )
    debug: bool = Field(default=False, description="Debug log level. Answers stay the same.")
    secret_key: SecretStr | None = Field(
        None,
        description="Signs links; at least 32 characters. In development one is generated and "
        "stored in DATA_DIR.",
    )
    data_dir: Path | None = Field(
        None,
        description="Folder of the database, media, models and temporary files, unless other "
        "settings place them elsewhere. Default: the user's data folder, on Linux "
        "~/.local/share/mp4totext.",
    )
    host: Host = Field("127.0.0.1", description="Address `mp4totext serve` listens on.")
    port: int = Field(8002, ge=0, le=65_535, description="Port `mp4totext serve` listens on.")
    public_hosts: PublicNames = Field(
        "",
        description="Host names of the page, separated by commas, e.g. mp4.example.com. IP "
        "addresses, localhost, HOST and the machine's own name are always accepted.",
    )
    root_path: str = Field("", description="Path prefix when served behind a proxy, e.g. /mp4.")
    forwarded_allow_ips: Proxies = Field(
        "",
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For "
        "and X-Forwarded-Proto are trusted, e.g. 127.0.0.1 or 172.18.0.0/16. Default: none.",
    )
    log_format: Literal["human", "json"] = Field(
        "human", description="Log lines for people or as JSON."
    )
    otel_exporter_otlp_endpoint: WebUrl | None = Field(
        None,
        description="Receiver of traces; needs the `otel` extra. Default: no tracing.",
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65_535,
        description="Port of /metrics for Prometheus, in `serve` and in each `worker`; the address "
        "is HOST. Default: `serve` has it at PORT, and a `worker` has none.",
    )
    secrets_dir: Path | None = Field(
        None,
        description="Folder with one file per setting, as Docker and Kubernetes mount secrets: "
        "SECRETS_DIR/SECRET_KEY is SECRET_KEY.",
    )
    stream_keepalive_s: float = Field(
        15,
        gt=0,
        description="Seconds without an event after which a stream sends a keep-alive, because "
        "proxies close idle connections.",
    )
    streams_per_user: int = Field(
        3_000,
        ge=1,
        description="Event streams and sockets that an account may have open in each `serve`; "
        "further ones are refused with 429. Each takes about 60 kB of memory.",
    )


class DatabaseSettings(_Group):
    """The database."""

    database_url: DatabaseUrl | None = Field(
        None,
        description="SQLAlchemy URL, e.g. postgresql+psycopg://user:pass@host/name. "
        "Default: SQLite in DATA_DIR.",
    )
    database_pool_size: int = Field(10, ge=1, description="Connections that a process keeps open.")


class BrokerSettings(_Group):
    """The messages that wake workers. Without Redis they are files in DATA_DIR."""

    redis_host: Host | None = Field(
        None, description="Redis for messages, live events and rate limits. Default: no Redis."
    )
    redis_port: int = Field(6379, ge=1, le=65_535, description="Port of REDIS_HOST.")
    redis_password: SecretStr | None = Field(None, description="Password of REDIS_HOST.")
    celery_broker_url: RedisUrl | None = Field(
        None, description="URL of the broker. Default: database 1 of REDIS_HOST."
    )
    celery_result_backend: RedisUrl | None = Field(
        None, description="URL of the result backend. Default: database 2 of REDIS_HOST."
    )
    celery_visibility_timeout: int = Field(
        24 * 3600,
        ge=1,
        description="Seconds after which Redis redelivers an unacknowledged message. This is "
        "harmless: the second delivery finds nothing to do.",
    )


class StorageSettings(_Group):
    """Where recordings are stored. Without an endpoint: a folder in DATA_DIR."""

    minio_endpoint: Endpoint | None = Field(
        None, description="S3 endpoint, host:port or URL. Default: DATA_DIR/media."
    )
    minio_access_key: SecretStr | None = Field(None, description="Access key of the endpoint.")
    minio_secret_key: SecretStr | None = Field(None, description="Secret key of the endpoint.")
    minio_bucket: str = Field("mp4totext", description="Bucket; it must exist.")
    minio_secure: bool = Field(default=False, description="Use https to the endpoint.")
    s3_region: str = Field("us-east-1", description="Region sent to the endpoint.")
    s3_virtual_host_style: bool = Field(
        default=False, description="bucket.host addresses instead of host/bucket."
    )
    s3_public_endpoint: Endpoint | None = Field(
        None,
        description="The endpoint as browsers reach it, for presigned uploads. "
        "Default: MINIO_ENDPOINT.",
    )


class AuthSettings(_Group):
    """Accounts and tokens."""

    jwt_secret: SecretStr | None = Field(
        None,
        description="Signs access tokens; at least 32 characters. Default: derived from "
        "SECRET_KEY.",
    )
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = Field(
        "HS256", description="How access tokens are signed."
    )
    jwt_expiration: int = Field(
        1800, ge=60, description="Seconds an access token is valid. Refresh tokens renew it."
    )
    refresh_expiration_days: int = Field(30, ge=1, description="Days a refresh token is valid.")
    registration_open: bool = Field(
        default=True, description="Whether anyone may register an account."
    )
    bcrypt_rounds: int = Field(12, ge=4, le=16, description="Cost of a password hash (2**n).")
    rate_limit_login: Rate = Field(
        "10/minute",
        description="Per address and per name; password attempts for a share's link per address.",
    )
    rate_limit_register: Rate = Field("10/hour", description="Per address.")
    rate_limit_expensive: Rate = Field(
        "120/minute", description="Per user: uploads, estimates, quotes, exports to DOCX and PDF."
    )
    rate_limit_shared: Rate = Field(
        "120/minute",
        description="Per address: reads through a share's link. Per link: password attempts from "
        "all addresses.",
    )
    rate_limit_comment: Rate = Field(
        "10/minute", description="Per address: comments through a share's link."
    )
    rate_limit_enabled: bool = Field(
        default=True, description="false switches all rate limits off."
    )


class JobSettings(_Group):
    """Leases and limits of background work."""

    job_lease_s: int = Field(
        30, ge=2, description="Seconds without a heartbeat after which a worker counts as dead."
    )
    job_sweep_s: float = Field(10, gt=0, description="Seconds between two sweeps.")
    job_max_crashes: int = Field(
        3, ge=1, description="A job fails after its worker has died this many times."
    )
    job_max_retries: int = Field(
        8, ge=0, description="Retries after retryable errors, with doubling delays up to 60 s."
    )
    job_expires_hours: int = Field(
        72, ge=1, description="A job that waits longer fails and costs nothing."
    )
    job_drain_s: float = Field(
        10, ge=0, description="A stopping worker returns its jobs after this many seconds."
    )
    job_running_per_user: int | None = Field(
        None,
        ge=1,
        description="Maximum number of jobs of one account that run at the same time. Recordings "
        "and texts, jobs on the queue `gpu`, and downloads with webhooks are counted separately. "
        "Default: one less than the processes or threads of a worker, but at least one, so that "
        "other accounts are not blocked.",
    )
    worker_concurrency: int | None = Field(
        None, ge=1, description="Processes of a worker. Default: one per core."
    )
    network_jobs: int = Field(
        8,
        ge=1,
        description="Threads for downloads and webhooks in the worker of the queue `network` that "
        "`serve` starts. A download takes 70 MB.",
    )
    webhook_allow_private: bool = Field(
        default=False,
        description="Lets webhooks reach private addresses: for receivers in your own network, "
        "if you trust all users.",
    )
    celery_pool: Literal["prefork", "solo", "threads"] | None = Field(
        None, description="Celery pool. Default: prefork, and solo on Windows."
    )
    worker_nice: int = Field(
        10,
        ge=0,
        le=19,
        description="Niceness of a worker's processes, which gives other processes on the machine, "
        "such as the API, priority. Prefork only.",
    )
    worker_threads: int = Field(
        1, ge=1, description="Threads an engine uses for one window in a worker process."
    )


class IngestSettings(_Group):
    """Limits of uploads and downloads, and how long recordings are kept."""

    max_upload_bytes: int = Field(4 * 1024**3, ge=1, description="Largest file accepted.")
    storage_bytes_per_user: int = Field(
        50 * 10**9,
        ge=1,
        description="Storage of one account: recordings, files made from them and unfinished "
        "uploads. Accounts that are not metered have no limit.",
    )
    upload_part_bytes_min: int = Field(
        65_536, ge=1, description="Smallest part of a resumable upload, except for its last one."
    )
    max_duration_s: int = Field(12 * 3600, ge=1, description="Longest recording accepted.")
    probe_timeout_s: int = Field(60, ge=1, description="Longest the probe of a file may take.")
    retention_days: int | None = Field(
        None,
        ge=1,
        description="Days after which recordings are deleted with their transcripts. Default: "
        "never.",
    )
    bin_days: int = Field(
        30, ge=1, description="Recordings in the bin are deleted after this many days."
    )
    download_timeout_s: int = Field(3600, ge=1, description="Longest a download may take.")
    download_bytes_per_s_min: int = Field(
        8_192,
        ge=0,
        description="A download slower than this for half a minute is cancelled. 0: never.",
    )
    download_allow_private: bool = Field(
        default=False,
        description="Lets from-url reach private addresses. For tests on one machine only.",
    )


class LiveSettings(_Group):
    """Live sessions. Each occupies a thread or process of a worker of the queue `live`."""

    live_sessions: int = Field(
        8,
        ge=0,
        description="Maximum number of concurrent sessions of all users; further ones get 503. "
        "`serve` starts a worker process of 180 MB (350 MB once its model is loaded) with this "
        "many threads. 0: no sessions, and no such process.",
    )
    live_sessions_per_user: int = Field(
        2, ge=1, description="Concurrent sessions of one account; further ones get 429."
    )
    live_max_s: int = Field(2 * 3600, ge=60, description="Seconds after which a session ends.")
    live_idle_s: int = Field(
        60,
        ge=1,
        description="Seconds without audio after which a session ends. A client that lost its "
        "connection can resume before that.",
    )
    live_start_s: float = Field(
        15,
        gt=0,
        description="Seconds to wait for a worker before a session is refused with 503.",
    )
    live_first_message_s: float = Field(
        10, gt=0, description="A client must send its first message within this many seconds."
    )
    live_hold_s: int = Field(
        60, ge=10, description="Credits are held for this many seconds at a time."
    )


class EngineSettings(_Group):
    """Models, keys and limits of engines and vendors."""

    models_dir: Path | None = Field(None, description="Local models. Default: DATA_DIR/models.")
    bundled_models_dir: Path | None = Field(
        None,
        description="Models that came with the installation; never written. Default: "
        "share/mp4totext/models of the Python environment.",
    )
    openai_api_key: SecretStr | None = Field(None, description="OpenAI.")
    gemini_api_key: SecretStr | None = Field(None, description="Google Gemini.")
    groq_api_key: SecretStr | None = Field(None, description="Groq.")
    together_api_key: SecretStr | None = Field(None, description="Together AI.")
    assemblyai_api_key: SecretStr | None = Field(None, description="AssemblyAI.")
    modal_token_id: SecretStr | None = Field(None, description="Modal, with MODAL_TOKEN_SECRET.")
    modal_token_secret: SecretStr | None = Field(None, description="Modal, with MODAL_TOKEN_ID.")
    replicate_api_token: SecretStr | None = Field(None, description="Replicate.")
    tavily_api_key: SecretStr | None = Field(None, description="Tavily web search.")
    hf_token: SecretStr | None = Field(None, description="Hugging Face, for gated models.")
    auto_uses_vendors: bool = Field(
        default=True,
        description="`engine=auto` may choose a vendor whose key is set. The command and the "
        "library send recordings only to a vendor that is named.",
    )
    embed_transcripts: bool = Field(
        default=True,
        description="Indexes recordings for search by meaning, in the background, if the extra "
        "`semantic` is installed.",
    )
    pyannote_model: str = Field(
        "pyannote/speaker-diarization-community-1",
        description="pyannote pipeline: a name on the hub, or a folder with a config.yaml.",
    )
    gpu_engines: str = Field(
        "",
        description="Engines, separated by commas, whose jobs go to the queue `gpu`, for workers "
        "with a GPU: faster-whisper, whisper, pyannote.",
    )
    pyannote_device: str = Field("cpu", description="Where pyannote runs: cpu or cuda.")
    hf_endpoint: WebUrl | None = Field(
        None, description="Hub for `models pull`. Default: the public Hugging Face hub."
    )
    whisper_download_url: WebUrl | None = Field(
        None,
        description="Mirror for openai-whisper's model files; SHA256/NAME.pt is appended. "
        "Default: the URLs in the package.",
    )
    faster_whisper_model: str = Field(
        "base", description="Model name (tiny .. large-v3, turbo, distil-*) or a folder."
    )
    faster_whisper_device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where faster-whisper runs."
    )
    faster_whisper_compute_type: str = Field(
        "auto", description="CTranslate2 compute type. auto: int8 on CPU, float16 on a GPU."
    )
    faster_whisper_batch_size: int = Field(
        8, ge=1, description="Pieces of up to 30 s that are decoded together."
    )
    faster_whisper_beam_size: int = Field(5, ge=1, description="Beams of a decode; 1 is greedy.")
    whisper_model: str = Field(
        "base", description="Model name or .pt file of the engine whisper (openai-whisper)."
    )
    whisper_device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where openai-whisper runs."
    )
    openai_base_url: WebUrl | None = Field(None, description="Replaces the URL of the OpenAI API.")
    openai_speech_model: str = Field(
        "whisper-1",
        description="whisper-1 (word times), gpt-transcribe, gpt-4o-transcribe, "
        "gpt-4o-mini-transcribe or gpt-4o-transcribe-diarize.",
    )
    groq_base_url: WebUrl | None = Field(None, description="Replaces the URL of the Groq API.")
    groq_speech_model: str = Field(
        "whisper-large-v3-turbo", description="whisper-large-v3-turbo or whisper-large-v3."
    )
    openai_compatible_base_url: WebUrl | None = Field(
        None,
        description="URL of a server with OpenAI's chat API (Ollama, vLLM, llama.cpp), such as "
        "http://127.0.0.1:11434/v1. Its models need a price before they can be used.",
    )
    openai_compatible_api_key: SecretStr | None = Field(
        None, description="API key of that server, if it needs one."
    )
    openai_compatible_context_tokens: int = Field(
        8_192, ge=2_048, description="Context size of its models, input and output together."
    )
    openai_compatible_output_tokens: int = Field(
        2_048, ge=256, description="Longest answer of its models, in tokens."
    )
    gemini_base_url: WebUrl | None = Field(None, description="Replaces the URL of the Gemini API.")
    together_base_url: WebUrl = Field(
        "https://api.together.ai/v1", description="Together AI's API."
    )
    tavily_base_url: WebUrl | None = Field(None, description="Replaces the URL of the Tavily API.")
    assemblyai_base_url: WebUrl = Field(
        "https://api.assemblyai.com", description="AssemblyAI; https://api.eu.assemblyai.com in EU."
    )
    assemblyai_gateway_url: WebUrl = Field(
        "https://llm-gateway.assemblyai.com", description="Gateway."
    )
    assemblyai_speech_models: str = Field(
        "assemblyai-stt-3-7,universal-2", description="Models in order of preference."
    )
    assemblyai_voice_url: WebUrl = Field(
        "https://tts.us.assemblyai.com/v1/openai", description="TTS."
    )
    replicate_base_url: WebUrl = Field("https://api.replicate.com", description="Replicate.")
    elevenlabs_api_key: SecretStr | None = Field(None, description="ElevenLabs.")
    elevenlabs_base_url: WebUrl = Field("https://api.elevenlabs.io", description="ElevenLabs.")
    assemblyai_gateway_model: str = Field(
        "claude-sonnet-4-6", description="Model that the LLM Gateway uses."
    )
    modal_app_name: str = Field("mp4totext", description="Name the Modal functions deploy under.")
    modal_environment: str | None = Field(None, description="Modal environment. Default: Modal's.")
    vendor_connect_timeout_s: float = Field(
        10, gt=0, description="Longest a vendor may take to accept a connection."
    )
    vendor_timeout_s: float = Field(
        300, gt=0, description="Longest pause of a vendor while it answers."
    )
    vendor_poll_s: float = Field(
        3, gt=0, description="Seconds between two checks whether a vendor has finished."
    )
    vendor_wait_s: float = Field(
        900,
        gt=0,
        description="How long a worker waits for a vendor before it returns the job to the queue "
        "and checks again later.",
    )
