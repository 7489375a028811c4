#!/usr/bin/env bash
# Runs programs written for OpenAI, Open WebUI and Home Assistant against the service, unchanged, in environments of
# their own: 2 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

ENV=.venv-clients
HOME_ASSISTANT=.venv-home-assistant # pins versions that the others cannot have
OPEN_WEBUI=.venv-open-webui         # the same
NODE=tests/clients/node

if [[ ! -e $ENV/.installed || requirements/clients.txt -nt $ENV/.installed || $NODE/package-lock.json -nt $ENV/.installed ]]; then
  echo "Installing the programs, and Node.js for some of them (1.3 GB on disk) ..."
  .venv/bin/python -m venv --clear $ENV
  .venv/bin/python -m uv pip install --quiet --python $ENV/bin/python --no-deps --require-hashes \
    -r requirements/clients.txt
  (cd $NODE && PATH="$OLDPWD/$ENV/bin:$PATH" npm ci --silent)
  touch $ENV/.installed
fi
if [[ ! -e $HOME_ASSISTANT/.installed || requirements/home-assistant.txt -nt $HOME_ASSISTANT/.installed ]]; then
  .venv/bin/python -m uv venv --quiet --clear --python '>=3.11,<3.13' $HOME_ASSISTANT
  .venv/bin/python -m uv pip install --quiet --python $HOME_ASSISTANT/bin/python --no-deps --require-hashes \
    -r requirements/home-assistant.txt
  touch $HOME_ASSISTANT/.installed
fi
if [[ ! -e $OPEN_WEBUI/.installed || requirements/open-webui.txt -nt $OPEN_WEBUI/.installed || requirements/open-webui-needs.txt -nt $OPEN_WEBUI/.installed ]]; then
  .venv/bin/python -m uv venv --quiet --clear --python '>=3.11,<3.13' $OPEN_WEBUI
  .venv/bin/python -m uv pip install --quiet --python $OPEN_WEBUI/bin/python --no-deps --require-hashes \
    -r requirements/open-webui.txt -r requirements/open-webui-needs.txt
  touch $OPEN_WEBUI/.installed
fi
# LangChain's parser converts to MP3 with FFmpeg, which not every machine has.
ln -sf "$(.venv/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" $ENV/bin/ffmpeg
exec .venv/bin/python -m pytest -n 0 tests/clients "$@"
