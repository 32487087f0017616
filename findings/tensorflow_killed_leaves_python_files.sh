#!/usr/bin/env bash
# A TensorFlow process that is killed leaves Python files in the temporary folder, one for each function that
# AutoGraph has converted; they are only removed when the process ends by itself.
#
# Seen with tensorflow-cpu 2.21.0: `tf.data.Dataset.map` with a lambda is enough. Workers that are replaced with
# SIGKILL (for memory, by a supervisor) fill /tmp with __autograph_generated_file*.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q tensorflow-cpu==2.21.0
mkdir temporary
cat > seen.py <<'PYTHON'
import os
import signal
import sys

import tensorflow as tf


def doubled(x):
    return x * 2 if x > 1 else x


list(tf.data.Dataset.range(3).map(doubled))
print(len([name for name in os.listdir(os.environ["TMPDIR"]) if "autograph" in name]), flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
PYTHON
left() { find temporary -name '__autograph_generated_file*.py' | wc -l; }
export TMPDIR=$folder/temporary TF_CPP_MIN_LOG_LEVEL=3
echo "tensorflow-cpu 2.21.0"
echo "files while it runs: $(environment/bin/python seen.py ended 2>/dev/null)"
ended=$(left)
environment/bin/python seen.py killed >/dev/null 2>&1 || true
killed=$(left)
echo "left by a process that ended: $ended; by one that was killed: $killed"
[ "$ended" -eq 0 ] && [ "$killed" -gt 0 ]
