"""What the run book calls runs, datasets and states: looked up once for all rows of a page run."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from tl_core.datasets.catalogue import list_datasets
from tl_core.errors import SettingInvalid
from tl_core.people import nickname_of
from tl_core.run_book import Entry
from tl_core.runs.snapshots import JobState
from tl_core.training import TrainingConfig
from tl_core.ui.run_titles import settings_title, title_with_changes
from tl_core.ui.text import language, t, t_marked
from tl_core.ui.visitor import visitor
from tl_core.wording import N_

STATES = {
    JobState.QUEUED: N_("queued"),
    JobState.RUNNING: N_("running"),
    JobState.DONE: N_("done"),
    JobState.CANCELLED: N_("stopped"),
    JobState.INTERRUPTED: N_("interrupted"),
    JobState.FAILED: N_("failed"),
}


@dataclass(frozen=True, kw_only=True)
class Names:
    """All that hundreds of rows are called, in the session's language.

    Args:
        code: the language.
        datasets: title of every dataset that is still there, by id.
        gone: what a dataset is called that is not.
        states: what a state is called.
        damaged: what is said of a run that cannot be read.
        me: mark of the visitor.
        you: what the visitor's own runs are said to be by.
    """

    code: str
    datasets: Mapping[str, str]
    gone: str
    states: Mapping[JobState, str]
    damaged: str
    me: str
    you: str

    def title(self, entry: Entry, *, dataset: bool = True) -> str:
        """Return what a run is called: its own name, else its settings, else its id."""
        return entry.label.title or self.settings(entry, dataset=dataset)

    def settings(self, entry: Entry, *, dataset: bool = True) -> str:
        """Return what tells a run from others, whatever it is called; its id if that cannot be read.

        Args:
            entry: the run.
            dataset: whether the dataset is named too.
        """
        if entry.config is None:
            return entry.run.id
        learned = self.datasets.get(entry.config.dataset, self.gone) if dataset else ""
        return _settings_title(self.code, entry.config, learned)

    def by(self, entry: Entry) -> str:
        """Return who asked for a run, the visitor before others; empty where nobody is known."""
        if self.me in entry.people:
            return self.you
        return nickname_of(entry.people[0]) if entry.people else ""

    def state(self, entry: Entry) -> str:
        """Return the state of a run in a word."""
        if entry.damaged or entry.state is None:
            return self.damaged
        return self.states[entry.state]

    def dataset(self, identifier: str) -> str:
        """Return what a dataset is called; deleted ones are told apart by the start of their id."""
        return self.datasets.get(identifier, f"{self.gone} {identifier[:6]}")


def look_up_names() -> Names:
    """Return the names as they are now."""
    return Names(
        code=language(),
        datasets={one.id: title_with_changes(one) for one in list_datasets()},
        gone=t("deleted dataset"),
        states={state: t_marked(text) for state, text in STATES.items()},
        damaged=t("damaged"),
        me=visitor().id,
        you=t("you"),
    )


@functools.lru_cache(maxsize=8192)
def _settings_title(code: str, config: TrainingConfig, dataset: str) -> str:
    """Return a run's title; `code` stands for the language in the cache's key."""
    try:
        return settings_title(config, dataset)
    except SettingInvalid:  # a backbone of another version
        return " · ".join(filter(None, (dataset, config.backbone)))
