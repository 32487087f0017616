"""Whatever is killed, and whenever: the job ends as if nothing had been, and every word about it is true.

The full number: ``pytest -m slow tests/engine/test_kills.py -s``; ``KILLS`` and ``KILL_SEED`` change how many
and which.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine import kills
from tests.engine.kills import Lab, Stuck, Tally
from tl_core import runs
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState

PHASES = {
    "train": ("start", "features", "head", "tail"),
    "import": ("start", "import"),
    "export": ("start", "Write the file, then check it in a fresh program"),
}
TARGETS = ("web", "engine", "worker", "starting")


@dataclass(frozen=True)
class Undisturbed:
    """A data folder in which a kind of job can begin, and what it leaves when nobody disturbs it."""

    folder: Path
    job: Callable[[], Run]
    outcome: dict[str, str]


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", "")
        yield


def undisturbed(folder: Path, place: Path, job: Callable[[], Run]) -> Undisturbed:
    lab = Lab(kills.copy_folder(folder, place), Tally(), random.Random(0))
    try:
        lab.start(run := job())
        lab.wait_until(lambda shot: shot.state is JobState.DONE)
        return Undisturbed(folder, job, kills.outcome(run))
    finally:
        lab.end()


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Undisturbed]:
    """Return ``references(kind)``, made when first asked for."""
    made: dict[str, Undisturbed] = {}
    base = tmp_path_factory.mktemp("kills")

    def reference(kind: str) -> Undisturbed:
        if kind in made:
            return made[kind]
        if kind == "train":
            dataset = kills.make_dataset(base / "data")
            made[kind] = undisturbed(
                base / "data", base / "trained", lambda: kills.training(dataset)
            )
        elif kind == "import":
            (base / "empty").mkdir()
            made[kind] = undisturbed(base / "empty", base / "imported", kills.upload)
        else:
            os.environ["TL_DATA_DIR"] = str(base / "trained")
            trained = reference("train").job().id
            made[kind] = undisturbed(
                base / "trained", base / "exported", lambda: kills.export(runs.get_run(trained))
            )
        return made[kind]

    return reference


def disturb(
    reference: Undisturbed,
    kind: str,
    plan: list[tuple[str, str]],
    place: Path,
    tally: Tally,
    seed: int,
) -> None:
    """Run one job with a kill for each (phase, target) of `plan`, and judge how it ends."""
    lab = Lab(kills.copy_folder(reference.folder, place), tally, random.Random(seed))
    label = f"seed {seed}, {kind}, {plan}"
    try:
        lab.start(run := reference.job())
        for phase, target in plan:
            lab.in_phase(phase)
            lab.kill(target)
        lab.wait_until(lambda shot: shot.state is JobState.DONE)
        if wrong := kills.differences(kills.outcome(run), reference.outcome):
            tally.wrong_numbers.append(f"{label}: {wrong}")
        if again := kills.features_again(run):
            tally.wrong_numbers.append(f"{label}: {again} images were computed again")
        tally.most_again = max(tally.most_again, kills.epochs_again(run))
    except Stuck as reason:
        tally.stuck.append(f"{label}: {reason}")
    finally:
        lab.end()


@pytest.mark.slow
def test_training_bears_a_kill_in_every_phase(references, tmp_path):
    tally = Tally()
    plan = [("features", "web"), ("head", "starting"), ("tail", "engine")]
    disturb(references("train"), "train", plan, tmp_path / "lab", tally, seed=1)
    print(tally.table())
    assert tally.total >= 4
    assert not (tally.stuck or tally.wrong_words or tally.wrong_numbers), tally.table()
    assert tally.most_again <= 1


@pytest.mark.slow
def test_comparison_sees_a_number_that_differs(references):
    expected = references("train").outcome
    assert {"head.safetensors", "tail.safetensors", "history.csv", "epochs"} <= expected.keys()
    assert any(name.endswith(".npy") for name in expected)
    changed = expected | {"history.csv": "0" * 64}
    assert kills.differences(changed, expected) == ["history.csv"]


@pytest.mark.slow
def test_two_hundred_kills(references, tmp_path):
    seed = int(os.environ.get("KILL_SEED") or time.time())
    wanted = int(os.environ.get("KILLS", "200"))
    print(f"\nKILL_SEED={seed}")
    tally, dice, began = Tally(), random.Random(seed), time.monotonic()
    while tally.total < wanted:
        kind = dice.choices(list(PHASES), weights=(6, 1, 2))[0]
        plan = [(phase, dice.choice(TARGETS)) for phase in PHASES[kind] for _ in range(2)]
        disturb(references(kind), kind, plan, tmp_path / "lab", tally, dice.randrange(10**6))
        print(f"{time.monotonic() - began:.0f} s: {tally.total} kills", flush=True)
        print(*tally.stuck, *tally.wrong_words, *tally.wrong_numbers, sep="\n", flush=True)
    print(tally.table())
    assert not (tally.stuck or tally.wrong_words or tally.wrong_numbers), tally.table()
    assert tally.most_again <= 1
