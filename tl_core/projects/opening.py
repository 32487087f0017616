"""What another lab gave away, opened here: datasets, trainings and drafts, without training again.

Datasets and trainings are read and checked before any of them is in its place: a file that is refused, a Stop
or a kill until then leaves nothing. Photos that were collected come last, one by one, and may be refused when
the rest is there already. What has the id of something that is here is left alone.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from tl_core import files, housekeeping, runs, settings
from tl_core.checks import Json
from tl_core.datasets.archives import opened
from tl_core.datasets.bringing.carrying import Carried, read_carried, restored
from tl_core.datasets.bringing.importer import new_draft
from tl_core.datasets.bringing.projects import Project, project_in
from tl_core.datasets.bringing.publishing import publish_as
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.bringing.waiting import REFUSED, release, waiting_upload
from tl_core.datasets.catalogue import ID, get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.job_configs import UnpackConfig
from tl_core.errors import DatasetRefused, ImageRefused, LabError
from tl_core.machine.quotas import DATASETS_FULL, UPLOADS_FULL
from tl_core.machine.refusals import explained
from tl_core.people import ownership
from tl_core.projects.anew import open_anew
from tl_core.projects.drafts import Row, put_draft, read_draft
from tl_core.projects.people import Owners, folder_of, name_people, read_people
from tl_core.projects.pupils import admitted
from tl_core.projects.reading import DatasetOf, read_run
from tl_core.projects.trainings import CarriedRun, write_run
from tl_core.results.metrics import TrainedModel
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.teacher.photos import TOO_MANY
from tl_core.training import TrainingConfig
from tl_core.wording import N_

OPENED = "opened.json"
"""In a job's folder: what it found, written before anything is in its place, and ``"done"`` afterwards."""
OPENING = N_("Open the trainings")
FULL = (DATASETS_FULL, UPLOADS_FULL, TOO_MANY)
"""Refusals of a file that may be opened once there is room."""

CheckArrays = Callable[[Path, TrainingConfig, TrainedModel], None]
"""Raises a `DatasetRefused` where the arrays in a folder are not those of a network of these settings."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What came of opening a file.

    Args:
        datasets, runs, drafts: ids of what is new here.
        known_datasets, known_runs, known_drafts: ids of what was here, and was left alone.
        done: whether all of it is in its place.
    """

    datasets: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    known_datasets: tuple[str, ...] = ()
    known_runs: tuple[str, ...] = ()
    known_drafts: tuple[str, ...] = ()
    done: bool = False

    def things(self) -> Iterator[str]:
        """Yield kind and id of what belongs to whoever has opened it, as if they had made it here.

        Of what was here that is a dataset that does not come with every lab: its photos are in the file. A
        training that was here stays whose it is, as anybody can write its settings into a file.
        """
        datasets = filter(ID.fullmatch, (*self.datasets, *self.known_datasets))
        yield from (f"datasets/{one}" for one in datasets)
        yield from (f"runs/{one}" for one in self.runs)
        yield from (f"drafts/{one}" for one in self.drafts)

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what ``vars`` gave.

        Raises:
            TypeError: it holds something else.
        """
        lists = {name: tuple(map(str, one)) for name, one in values.items() if name != "done"}
        return cls(**lists, done=values["done"] is True)


def read_opened(job: Run) -> Opened:
    """Return what a job that is done has opened.

    Raises:
        RunNotFound: its result is missing or damaged.
    """
    return job.read(OPENED, Opened.from_json)


def open_again(config: UnpackConfig) -> Run:
    """Return the run that opens a file; one that is done begins anew, for what was deleted since."""
    return open_anew(config, lambda _: True)


def open_upload(job: Run, check: CheckArrays) -> None:
    """Open the archive that was uploaded, and remove it; also where it is refused for good.

    Raises:
        DatasetRefused: it is no project, or something in it is damaged or hostile; tells what. Where there is
            no room for it, see `FULL`, it stays for another attempt.
        ImageRefused: a photo that was collected is damaged; the datasets and trainings are there.
        SettingInvalid, DiskUnusable: there is no room for it; it stays for another attempt.
        JobCancelled: somebody pressed Stop.
    """
    before = _before(job)
    if before and before.done:
        return
    config = UnpackConfig.from_json(job.config)
    upload = waiting_upload(job)
    most = settings.current().dataset_quota_mb + settings.current().run_quota_mb
    try:
        with (
            explained(),
            opened(upload, config.title, Reporter(job, "unpack"), most_mb=most) as entries,
            _Opening(job, before or Opened(), check) as opening,
        ):
            opening.run(_project(project_in(entries), config.title))
    except (DatasetRefused, ImageRefused) as refused:
        if refused.sentence.template not in FULL:
            (job.folder / REFUSED).touch()
            release(job)
        raise
    release(job)


def _before(job: Run) -> Opened | None:
    """Return what an attempt that was killed had begun to put in its place."""
    with suppress(LabError):
        return read_opened(job)
    return None


def _project(found: Project | None, title: str) -> Project:
    if found is None:
        raise DatasetRefused(
            "{title} holds no dataset and no training that a lab gave away. If it holds photos, bring it in "
            "as a new dataset.",
            title=title,
        )
    return found


@dataclass
class _Opening:
    """The opening of one archive; as a block, so that drafts are gone when it ends."""

    job: Run
    before: Opened
    check: CheckArrays
    stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def run(self, project: Project) -> None:
        owners, nicknames = self._people(project)
        carried = [read_carried(project.files, folder) for folder in project.datasets]
        openers = admitted(self.job, project, [one.dataset for one in carried])
        made = list(self._datasets([one for one in carried if not one.here]))
        folder, new_runs, known_runs = self._runs(project, _lookup(carried))
        drafts = {token: read_draft(project.files, at) for token, at in project.drafts.items()}
        opened = self._opened(carried, new_runs, known_runs, drafts)
        files.write_json(self.job.folder / OPENED, vars(opened))
        for one, dataset in made:
            publish_as(dataset, one.dataset.id)
        _place(folder, new_runs)
        self._hand_over(opened, owners, openers)
        name_people(nicknames)
        try:
            self._drafts({token: drafts[token] for token in opened.drafts})
        finally:
            self._hand_over(opened, owners, openers)
        files.write_json(self.job.folder / OPENED, vars(replace(opened, done=True)))

    def _people(self, project: Project) -> tuple[Owners, Mapping[str, str]]:
        believed = UnpackConfig.from_json(self.job.config).people and project.people is not None
        return read_people(project.people) if believed else ({}, {})

    def _hand_over(self, opened: Opened, owners: Owners, openers: tuple[str, ...]) -> None:
        """Let what is in its place belong to whoever it should; what is not there yet belongs to nobody."""
        for thing in opened.things():
            folder = folder_of(thing)
            # A training or a draft that is somebody's by now was begun here since the look at what is here.
            if thing.startswith("datasets/") or not ownership.people_of(folder):
                ownership.join(folder, *owners.get(thing, openers))

    def _datasets(self, new: list[Carried]) -> Iterator[tuple[Carried, Dataset]]:
        """Yield the new datasets, read into drafts."""
        total = sum(len(one.entries) for one in new)
        report = Reporter(self.job, "import")
        done = 0
        for one in new:
            draft = self.stack.enter_context(new_draft(one.size))

            def told(read: int, _: int, message: str, before: int = done) -> None:
                report(before + read, total, message)

            yield one, restored(one, draft, told)
            done += len(one.entries)

    def _runs(self, project: Project, dataset_of: DatasetOf) -> tuple[Path, list[str], list[str]]:
        """Write the new trainings into a temporary folder; returns it, their ids, and those that are here."""
        book = runs.runs_dir()
        known = [one for one in project.runs if (book / one).exists()]
        new = [one for one in project.runs if one not in known]
        folder = self.stack.enter_context(files.temporary_folder(book))
        report = Reporter(self.job, OPENING)
        if new:
            _check_room(project, new)
        for done, identifier in enumerate(new):
            report(done, len(new))
            carried = read_run(project.files, project.runs[identifier], dataset_of)
            self._write(carried, folder / carried.id)
            report(done + 1, len(new))
        return folder, new, known

    def _write(self, carried: CarriedRun, folder: Path) -> None:
        folder.mkdir()
        write_run(carried, folder)
        self.check(folder, carried.config, carried.model)
        folder.chmod(files.FOLDER_ACCESS)

    def _opened(
        self, carried: list[Carried], new: list[str], known: list[str], drafts: Mapping[str, Any]
    ) -> Opened:
        """Return what is new; what a killed attempt has put in its place is new too."""
        ids = {one.dataset.id for one in carried if one.here}
        here = ids.difference(self.before.datasets)
        ours = [one for one in known if one in self.before.runs]
        tokens = [one for one in drafts if one in self.before.drafts or not Staging(one).classes()]
        every = dict.fromkeys(one.dataset.id for one in carried)  # one may be there twice
        return Opened(
            datasets=tuple(one for one in every if one not in here),
            runs=(*new, *ours),
            drafts=tuple(tokens),
            known_datasets=tuple(one for one in every if one in here),
            known_runs=tuple(one for one in known if one not in ours),
            known_drafts=tuple(one for one in drafts if one not in tokens),
        )

    def _drafts(self, drafts: Mapping[str, list[Row]]) -> None:
        total = sum(len(rows) for rows in drafts.values())
        report = Reporter(self.job, N_("Bring the collected photos"))
        done = 0

        def told() -> None:
            nonlocal done
            done += 1
            report(done, total)

        for token, rows in drafts.items():
            put_draft(token, rows, told)


def _lookup(carried: list[Carried]) -> DatasetOf:
    """Return where trainings find what they learned from: in the file, or here already."""
    brought = {one.dataset.id: one.dataset for one in carried}

    def find(identifier: str) -> Dataset | None:
        with suppress(DatasetRefused):
            return brought.get(identifier) or get_dataset(identifier)
        return None

    return find


def _check_room(project: Project, new: list[str]) -> None:
    folders = tuple(project.runs[one] for one in new)
    sizes = (entry.size for name, entry in project.files.items() if name.startswith(folders))
    housekeeping.check_run_room(sum(sizes))


def _place(folder: Path, new: list[str]) -> None:
    files.make_durable(folder)
    for identifier in new:
        files.put_folder(folder / identifier, runs.runs_dir() / identifier)
