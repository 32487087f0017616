"""How soon does a photo have its bars: alone, and while a training runs?

    python -m benchmarks.predict [--json] [--photos 8]

The lab is started with ``streamlit run`` in a fresh data folder, with Chromium (Playwright) as the visitor.
Two networks of Lite0 at 160 px are trained on the built-in set, and each is asked once so that it is warm.
Then photos that nobody has asked about before are chosen one after the other, and the time is taken from the
click on a photo until the chart on the page is that of this photo; once while nothing else runs, and once
with the other network while a fine-tuning of all blocks runs, which is checked to run still at the end.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.lab import Lab, chromium
from benchmarks.web import click_to_result
from tl_core.datasets.catalogue import sample_photos

BUSY = "unfrozen=18&fine_epochs=60&epochs=1&seed=9"
"""A training that lasts longer than what is measured beside it."""
CHART = "[data-testid=stPlotlyChart]"
DESCRIBED = f"() => document.querySelector('{CHART}')?.getAttribute('aria-label')"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--photos", type=int, default=8, help="at each of the two times")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        figures = measure(Lab("classroom", Path(temporary)), arguments.photos)
    print(json.dumps(figures) if arguments.json else table(figures))


def measure(lab, photos):
    try:
        with chromium() as page:
            lab.start()
            first, second = (train(lab, page, seed) for seed in (0, 1))
            for run in (first, second):
                answers(lab, page, run, 0)
            alone = answers(lab, page, first, photos)
            begin_training(lab, page)
            beside = answers(lab, page, second, photos)
            assert still_training(lab, page), "the training ended before the last answer"
        return {
            "alone_ms": milliseconds(alone),
            "beside_a_training_ms": milliseconds(beside),
            "ratio": statistics.median(beside) / statistics.median(alone),
        }
    finally:
        lab.stop()


def train(lab, page, seed):
    click_to_result(lab, page, f"seed={seed}", [])
    return page.evaluate("() => new URL(location).searchParams.get('run')")


def begin_training(lab, page):
    page.goto(lab.address("train", BUSY))
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("progressbar").first.wait_for()


def still_training(lab, page):
    page.goto(lab.address("train"))
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return page.get_by_text("Engine busy").count() or page.get_by_text("1 running").count()


def answers(lab, page, run, photos):
    """Return the seconds from the click on each of the sample photos but the first to its bars."""
    page.goto(lab.address("predict", f"run={run}"))
    page.wait_for_selector(CHART)
    return [answer(page, sample) for sample in sample_photos()[1 : photos + 1]]


def answer(page, sample):
    page.get_by_role("button", name="Change photo").click()
    button = page.get_by_role("button", name=sample.title, exact=True)
    button.wait_for()
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    before = page.evaluate(DESCRIBED)
    began = time.perf_counter()
    button.click()
    page.wait_for_function(f"before => ({DESCRIBED})() !== before", arg=before, polling="raf")
    return time.perf_counter() - began


def milliseconds(seconds):
    found = sorted(1000 * one for one in seconds)
    return {"median": statistics.median(found), "longest": found[-1], "n": len(found)}


def table(figures):
    lines = ["from the click on a photo to its bars | median ms | longest | n"]
    for title, key in (
        ("nothing else runs", "alone_ms"),
        ("beside a training", "beside_a_training_ms"),
    ):
        one = figures[key]
        lines.append(f"{title} | {one['median']:.0f} | {one['longest']:.0f} | {one['n']}")
    return "\n".join([*lines, f"ratio | {figures['ratio']:.2f}"])


if __name__ == "__main__":
    main()
