#!/usr/bin/env bash
# Runs programs written for OpenAI, and Home Assistant, against the service, unchanged, in environments of their own: 1.6 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

ENV=.venv-clients
HOME_ASSISTANT=.venv-home-assistant # pins versions that the others cannot have
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
# LangChain's parser converts to MP3 with FFmpeg, which not every machine has.
ln -sf "$(.venv/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" $ENV/bin/ffmpeg
exec .venv/bin/python -m pytest -n 0 tests/clients "$@"
