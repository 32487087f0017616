"""How long does it take from ``streamlit run`` until the page has an answer about a photo?

    python -m benchmarks.first_answer [--times 3] [--script class_server.py] [--later 10]

A visitor without a browser opens the prediction page with a built-in photo as soon as the port answers, and
waits for ImageNet's name of what is on it. The first start of all, in an empty data folder, has the network
exported; the others find it. Prints seconds until the port, until the page stands, and until the answer, and
what all processes have used of a processor by then. With ``--later`` the visitor comes so many seconds after
the port, and the seconds of page and answer are counted from the visit.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.lab import Lab, cpu_seconds, end_tidily
from benchmarks.sessions import Place, Session

PLACE = Place(title="predict", page="predict", query="photo=chelsea")
NAME = b"Egyptian cat"
ANSWER_SECONDS = 120


class Visitor(Session):
    """One who knows when a name stands on the page."""

    answered = False

    def _follow(self, message):
        self.answered = self.answered or NAME in message.SerializeToString()
        super()._follow(message)


def main():
    arguments = read_arguments()
    end_tidily()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':12}{'port':>7}{'page':>7}{'answer':>8}{'CPU':>7}")
        for number in range(arguments.times + 1):
            lab = Lab("classroom", Path(folder), script=arguments.script)
            found = asyncio.run(first_answer(lab, arguments.later))
            name = "first of all" if number == 0 else ""
            print(f"{name:12}" + "{:7.1f}{:7.1f}{:8.1f}{:7.1f}".format(*found), flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3, help="starts after the first one of all")
    parser.add_argument("--script", default="streamlit_app.py", help="what is started")
    parser.add_argument("--later", type=float, default=0.0, help="seconds from port to visitor")
    return parser.parse_args()


async def first_answer(lab, later):
    """Return the seconds until port, page and answer, and those of a processor."""
    began = time.monotonic()
    try:
        lab.start()
        port = time.monotonic() - began
        if later:
            await asyncio.sleep(later)
            began = time.monotonic()
        async with Visitor(lab, PLACE, "") as visitor:
            page = time.monotonic() - began
            while not visitor.answered:
                assert time.monotonic() - began < ANSWER_SECONDS, lab.last_words()
                await visitor.idle(0.05)
            answer = time.monotonic() - began
            return port, page, answer, sum(cpu_seconds(one) for _, one in lab.processes())
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
