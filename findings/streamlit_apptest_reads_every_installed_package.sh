#!/usr/bin/env bash
# Each AppTest reads the metadata of every installed package: with 230 of them most of a test's time.
#
# Seen with Streamlit 1.67.0. Before the first run of each new AppTest, Streamlit looks for components in
# what is installed and parses the METADATA file of every package for it; a further run of the same AppTest
# does not. A server does it once, but a suite of tests makes a new AppTest in each: the time grows with
# what lies in the environment, not with the page. Where TensorFlow and tools for tests are installed, two
# thirds of the time of our tests of pages went there. To keep what was found for the session makes a test
# of a page a multiple as fast.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0
# Two hundred packages of no content, with the description that a usual one has.
site=$(environment/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
for number in $(seq 200); do
    mkdir "$site/filler_$number-1.0.dist-info"
    {
        printf 'Metadata-Version: 2.1\nName: filler-%s\nVersion: 1.0\n' "$number"
        for other in $(seq 40); do echo "Requires-Dist: other-$other"; done
        echo
        for line in $(seq 150); do echo "A line of the description, as long as usual ($line)."; done
    } > "$site/filler_$number-1.0.dist-info/METADATA"
done
cat > seen.py <<'PYTHON'
import email.parser
import logging
import statistics
import time
from functools import cache
from importlib.metadata import distributions

import streamlit
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

logging.disable()
PAGE = "import streamlit as st; st.write(st.slider('number', 0, 9))"
parsed = [0]
parse = email.parser.Parser.parse


def counted(self, *arguments, **named):
    parsed[0] += 1
    return parse(self, *arguments, **named)


email.parser.Parser.parse = counted


def run(test):
    """Run a page once; returns how many files of metadata were parsed, and the milliseconds."""
    parsed[0], began = 0, time.perf_counter()
    test.run()
    return parsed[0], 1000 * (time.perf_counter() - began)


def ten():
    """Make ten AppTests; returns the files and the milliseconds of each first run, and of a second one."""
    first, second = [], []
    for _ in range(10):
        test = AppTest.from_string(PAGE)
        first.append(run(test))
        second.append(run(test))
    return [[statistics.median(part) for part in zip(*runs)] for runs in (first, second)]


run(AppTest.from_string(PAGE))  # imports
installed = len(list(distributions()))
(files, ms), (files_again, ms_again) = ten()
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
run(AppTest.from_string(PAGE))
(files_kept, ms_kept), _ = ten()
print(f"Streamlit {streamlit.__version__}, {installed} packages installed")
print(f"first run of each AppTest: {files:.0f} files of metadata parsed, {ms:.0f} ms")
print(f"second run of the same one: {files_again:.0f} files, {ms_again:.0f} ms")
print(f"first run, what was found kept: {files_kept:.0f} files, {ms_kept:.0f} ms")
assert files >= installed and files_again == 0 and files_kept == 0, "this has changed"
assert ms > 3 * ms_kept, "this has changed"
PYTHON
environment/bin/python seen.py
