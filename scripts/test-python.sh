#!/bin/sh
# Tests the Python client, in an environment of its own that is made when it is missing. Arguments go to pytest.
#
#   scripts/test-python.sh            every test, and the types
#   scripts/test-python.sh -k stage   some of them
#
# PYTHON names another interpreter (3.9 or later). The environment lies in clients/python/.venv and is made anew when
# pyproject.toml has changed.
set -eu

cd "$(dirname "$0")/../clients/python"
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null 2>&1; then
  echo "there is no $python here" >&2
  exit 3
fi

stamp=.venv/made-for
wanted="$("$python" --version 2>&1) $(cksum <pyproject.toml)"
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test,types]'
  printf '%s' "$wanted" >"$stamp"
fi

if [ "${1:-}" = --setup ]; then
  exit 0
fi

if [ "$#" -eq 0 ]; then
  .venv/bin/python -m mypy
fi
exec .venv/bin/python -m pytest "$@"
