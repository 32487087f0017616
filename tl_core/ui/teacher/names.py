"""What people and jobs are called on the teacher's page."""

from contextlib import suppress

from tl_core.errors import LabError
from tl_core.people import nickname_of
from tl_core.runs import Run
from tl_core.training import Training, TrainingConfig
from tl_core.ui.run_titles import run_title
from tl_core.ui.text import escaped, t, t_marked
from tl_core.wording import N_

KINDS = {
    TrainingConfig.KIND: N_("Training"),
    "scan": N_("Look into an archive"),
    "import": N_("Import of an archive"),
    "import-files": N_("Import of photos"),
    "inspect": N_("Check of a dataset"),
    "download": N_("Download of a dataset"),
    "compare-heads": N_("Comparison of heads"),
    "skip": N_("Why ResNet trains"),
    "transfer": N_("What transfer buys"),
    "export": N_("Network to take home"),
    "live": N_("Network for a browser"),
    "rates": N_("Test of learning rates"),
    "score": N_("Table of many photos"),
    "pack": N_("Project to take home"),
    "unpack": N_("Opening of a project"),
}
"""What a job of each kind is called."""


def person_title(mark: str) -> str:
    """Return somebody's nickname for Markdown, or what tells them from others without one."""
    if not mark:
        return t("nobody in particular")
    return escaped(nickname_of(mark)) or t("without a name ({mark})", mark=mark[:4])


def job_title(run: Run) -> str:
    """Return for Markdown what a job is."""
    kind = t_marked(KINDS.get(run.kind, run.kind))
    if run.kind == TrainingConfig.KIND:
        with suppress(LabError):
            return f"{kind}: {escaped(run_title(Training.of(run)))}"
    return kind
