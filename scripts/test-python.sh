#!/bin/sh
# Tests the Python client, in an environment of its own that is made when it is missing. Arguments go to pytest.
#
#   scripts/test-python.sh            every test, and the types
#   scripts/test-python.sh -k stage   some of them
#   scripts/test-python.sh --setup    the environment and no test
#
# PYTHON names another interpreter (3.9 or later, with venv). The environment lies in clients/python/.venv and is made
# anew when pyproject.toml has changed. Exits with 3 and a sentence where there is no such interpreter.
set -eu

cd "$(dirname "$0")/../clients/python"
python=${PYTHON:-python3}

if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
  echo "there is no $python of 3.9 or later with venv and ensurepip here" >&2
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
