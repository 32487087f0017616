"""What the engine can be asked to do, by name.

The web process must never import Keras, so it never holds a task's function: it submits `run_task` and
the name, and the worker finds the function.
"""

import socket
from typing import Any

from tl_core.engine.questions import QUESTIONS
from tl_core.errors import EngineUnavailable
from tl_core.machine.loading import load
from tl_core.machine.refusals import explained

JOBS = {
    "train": "tl_core.models.fitting.job:run_training_job",
    "scan": "tl_core.datasets.jobs:run_scan",
    "import": "tl_core.datasets.jobs:run_import",
    "import-files": "tl_core.datasets.jobs:run_import_files",
    "inspect": "tl_core.datasets.jobs:run_inspect",
    "download": "tl_core.datasets.jobs:run_download",
    "compare-heads": "tl_core.models.lessons.heads:run_comparison",
    "skip": "tl_core.models.lessons.skip:run_skip_lesson",
    "transfer": "tl_core.models.lessons.transfer:run_transfer_lesson",
    "export": "tl_core.models.exports.job:run_export",
    "live": "tl_core.models.exports.live:run_live",
    "rates": "tl_core.models.fitting.rate_finder:run_rate_test",
    "pack": "tl_core.projects.packing:run_pack",
    "unpack": "tl_core.models.projects.job:run_unpack",
    "score": "tl_core.answers.many:run_scoring",
}
"""What a job of each kind does: ``function(run)``, where `run` is its folder in the run book."""

LANES = ("train", "data", "export", "score")
"""What a job may need of a worker, each with a queue: nobody waits for a training to see guesses, to bring
photos in, or to take a network home."""

BESIDE = "beside"
"""What a small training needs that starts beside a long one, see `tl_core.engine.beside`."""

_LANE_OF = {
    **dict.fromkeys(("scan", "import", "import-files", "inspect", "download", "pack"), "data"),
    **dict.fromkeys(("export", "live", "unpack"), "export"),
    "score": "score",
}

TASKS = {
    "job": "tl_core.engine.jobs:run_job",
    "extract": "tl_core.answers.extraction:extract_shard",
    **{name: question.function for name, question in QUESTIONS.items()},
}
"""What a worker can be told to do: ``function(**arguments)`` returns the answer. ``job`` needs the resource
that its queue names, a question its own, everything else ``infer``."""


def lane_of(kind: str) -> str:
    """Return which of `LANES` jobs of this kind belong to."""
    return _LANE_OF.get(kind, "train")


@explained()
def run_task(name: str, /, **arguments: Any) -> Any:
    """Import the function behind `name` and call it; runs in a worker.

    What the machine refuses leaves as a `LabError`: TensorFlow's own error could not be read without it.
    """
    return resolve(TASKS[name])(**arguments)


def resolve(path: str) -> Any:
    """Return the object at ``package.module:name``.

    Raises:
        EngineUnavailable: a package that it needs is not on this machine.
    """
    module, _, attribute = path.partition(":")
    try:
        return getattr(load(module), attribute)
    except ModuleNotFoundError as error:
        raise EngineUnavailable(
            "{host} lacks {package}. In the project's folder there, run pip install -r requirements.txt, "
            "and start the lab again.",
            host=socket.gethostname(),
            package=error.name or str(error),
        ) from error


def ping(echo: str = "pong") -> str:
    """Return `echo`: the cheapest question, to see that a worker answers."""
    return echo
