#!/usr/bin/env bash
# mypy finds another overload for `f(**values)` when the type of `values` has been given a name.
#
# Seen with mypy 2.4.1: where `values` is a `dict[str, Any]`, several overloads fit and the result is Any. With
# `Options = dict[str, Any]` and a function that returns `Options`, the first overload is taken for certain: the
# result is None, and correct code around it is refused. A name for a type should change nothing. Met with
# streamlit's overloaded widgets, whose arguments often come from a helper.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q mypy==2.4.1
cat > example.py <<'PYTHON'
from typing import Any, overload

from typing_extensions import reveal_type


@overload
def choose(*, key: str, default: None) -> None: ...
@overload
def choose(*, key: str, default: str = "") -> str: ...
def choose(*, key: str, default: str | None = "") -> str | None:
    return default


Options = dict[str, Any]


def spelled_out() -> dict[str, Any]:
    return {"key": "backbone"}


def named() -> Options:
    return {"key": "backbone"}


reveal_type(choose(**spelled_out()))
reveal_type(choose(**named()))
PYTHON
environment/bin/mypy --version
environment/bin/mypy --strict example.py | tee said
mapfile -t types < <(grep -o '"[A-Za-z]*"$' said)
[ "${types[*]}" = '"Any" "None"' ] || { echo "this has changed"; exit 1; }
