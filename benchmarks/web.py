"""How soon are the first page and the first result there, and how large is the lab then?

    python -m benchmarks.web [--json] [--profiles classroom cloud] [--data DIR]

For each profile the lab is started twice with ``streamlit run``, each time in a fresh data folder, with
Chromium (Playwright) as the visitor. The first start visits every page; the second one trains on the built-in
set at once (engine cold), again with another seed (features cached), and then visits every page. Reported:

- first page: seconds from the start of the process until Chromium shows the page's heading;
- click to result: seconds from the click on Train until the accuracy is shown;
- memory in MB, PSS where the system tells it (a page shared by n processes counts 1/n in each), else RSS;
  the peak is the largest sum seen once a second while it trains; Chromium is not counted;
- whether TensorFlow is mapped into the web process.

What a change costs, alone and in a class, is for `benchmarks.classroom` to say.
"""

import argparse
import json
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import TimeoutError

from benchmarks.lab import Failed, Lab, chromium
from benchmarks.sessions import PLACES

TRAIN_SECONDS = 180


def main():
    arguments = read_arguments()
    figures = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.data or Path(temporary)
        for profile in arguments.profiles:
            figures[profile] = visit(Lab(profile, folder / profile / "visit"))
            figures[profile] |= train(Lab(profile, folder / profile / "train"))
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--profiles", nargs="+", default=["classroom", "cloud"])
    parser.add_argument("--data", type=Path, help="data folder to keep; default: a temporary one")
    return parser.parse_args()


# What a person sees, in Chromium


def visit(lab):
    """Start `lab`, look at every page, and end it."""
    try:
        with chromium() as page:
            seconds = first_page(lab, page)
            look_around(lab, page)
        return {"first_page_seconds": seconds, "memory_after_pages": lab.memory()}
    finally:
        lab.stop()


def train(lab):
    """Start `lab`, train twice, look at every page, and end it."""
    try:
        figures, peak = {}, list[float]()
        with chromium() as page:
            figures["first_page_seconds_again"] = first_page(lab, page)
            figures["click_to_result_cold"] = click_to_result(lab, page, "", peak)
            figures["click_to_result_cached"] = click_to_result(lab, page, "seed=1", peak)
            look_around(lab, page)
        figures |= {"memory_after_training": lab.memory(), "memory_peak": max(peak)}
        mapped = [area.path for area in lab.process.memory_maps()]
        figures["tensorflow_in_web_process"] = any("tensorflow" in path for path in mapped)
        return figures
    finally:
        lab.stop()


def first_page(lab, page):
    began = time.perf_counter()
    lab.start()
    page.goto(lab.address(""))
    page.get_by_role("heading", level=1).wait_for()
    return time.perf_counter() - began


def look_around(lab, page):
    for name in dict.fromkeys(place.page for place in PLACES):
        page.goto(lab.address(name))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def click_to_result(lab, page, query, peak):
    """Train on the page as it opens; append the memory of all processes to `peak` on the way."""
    page.goto(lab.address("train", query))
    button = page.get_by_role("button", name="Train", exact=True)
    button.wait_for()
    began = time.perf_counter()
    button.click()
    result = page.get_by_text("Validation accuracy").first
    while not result.is_visible():
        if time.perf_counter() - began > TRAIN_SECONDS:
            lab.is_done(lab.run_of(urlsplit(page.url).query), TRAIN_SECONDS, TRAIN_SECONDS)
            raise Failed(f"The result of {page.url} is there, and the page does not show it.")
        peak.append(lab.memory()["all"])
        with suppress(TimeoutError):
            result.wait_for(timeout=1000)
    return time.perf_counter() - began


# The table


def table(figures):
    return "\n".join(line for profile, row in figures.items() for line in lines(profile, row))


def lines(profile, row):
    starts = [row["first_page_seconds"], row["first_page_seconds_again"]]
    yield profile
    yield "  first page            " + ", ".join(f"{seconds:.2f} s" for seconds in starts)
    yield f"  click to result       {row['click_to_result_cold']:.1f} s, engine cold"
    yield f"                        {row['click_to_result_cached']:.1f} s, features cached"
    for moment in ("after_pages", "after_training"):
        sizes = (f"{name} {size:.0f}" for name, size in row[f"memory_{moment}"].items())
        yield f"  MB {moment.replace('_', ' '):19}{', '.join(sizes)}"
    yield f"  MB while training     all {row['memory_peak']:.0f} at most"
    yield f"  TensorFlow in the web process: {'yes' if row['tensorflow_in_web_process'] else 'no'}"


if __name__ == "__main__":
    main()
