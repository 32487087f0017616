"""How much of a lab there is, in words."""

from tl_core.ui.text import tn


def counted(datasets: int, trainings: int, drafts: int) -> list[str]:
    """Say how many there are of each, but not of what there is none of."""
    told = (
        (datasets, tn("{n} dataset", "{n} datasets", datasets)),
        (trainings, tn("{n} training", "{n} trainings", trainings)),
        (drafts, tn("{n} collection of photos", "{n} collections of photos", drafts)),
    )
    return [text for count, text in told if count]
