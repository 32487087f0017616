"""Says why a list of files is no dataset that can teach, and what to do about it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from tl_core import settings
from tl_core.datasets.dataset import LEAST_IMAGES, LabeledImage, Skipped
from tl_core.datasets.reading.choices import Choices, counts
from tl_core.datasets.reading.listing import looks_like_photo
from tl_core.datasets.reading.plans import Plan
from tl_core.datasets.reading.refusals import ONE_CLASS
from tl_core.errors import DatasetRefused
from tl_core.wording import Sentence, clean_text

LONGEST_CLASS_NAME = 80


def check_plan(plan: Plan, choices: Choices, known: Sequence[str] = ()) -> None:
    """Refuse choices about a plan that leave nothing to learn from, before anything is read.

    Args:
        plan: how files can be read.
        choices: about it.
        known: classes of the dataset that the photos are added to; none (the default) if they make a new one.

    Raises:
        DatasetRefused: tells what is missing.
    """
    if plan.alone and not known:
        raise DatasetRefused.restored(plan.alone)
    found = counts(plan, choices)
    learned = {name: side.get("train", 0) + side.get("", 0) for name, side in found.items()}
    check_classes(list(dict.fromkeys((*known, *found))) if found else [])
    enough = [name for name, n in learned.items() if n]
    if len(enough) == 1 and len(found) > 1 and not known:
        raise DatasetRefused(
            "Only the class {name} has photos to learn from; those of {others} stand in parts to judge by. "
            "Give the parts other roles, or add photos.",
            name=enough[0],
            others=", ".join(name for name in learned if name not in enough)[:200],
        )
    check_file_count(sum(sum(side.values()) for side in found.values()))


def check_classes(class_names: Sequence[str]) -> None:
    """Refuse classes that no classifier can be trained on.

    Raises:
        DatasetRefused: there are fewer than two, too many, or one with an overlong name.
    """
    limit = settings.current().max_classes
    if not class_names:
        raise DatasetRefused(
            "No class folders with images were found. Put the images of each class into a folder that is "
            "named after the class, and choose the folder or zip that holds these folders."
        )
    if len(class_names) == 1:
        raise DatasetRefused.restored(Sentence(template=ONE_CLASS, values={"name": class_names[0]}))
    if len(class_names) > limit:
        raise DatasetRefused(
            "There are {count} classes; at most {limit} are allowed. Keep fewer classes.",
            count=len(class_names),
            limit=limit,
        )
    for name in class_names:
        clean_class_name(name)


def clean_class_name(name: str) -> str:
    """Return `name` as it is kept.

    Raises:
        DatasetRefused: nothing is left of it, or it is too long.
    """
    clean = clean_text(name)
    if not clean:
        raise DatasetRefused("A class needs a name. Type one, for example what its photos show.")
    if len(clean) > LONGEST_CLASS_NAME:
        raise DatasetRefused(
            "The class name {name}… has {count} characters; at most {limit} are allowed. "
            "Choose a shorter one.",
            name=clean[:40],
            count=len(clean),
            limit=LONGEST_CLASS_NAME,
        )
    return clean


def check_file_count(count: int) -> None:
    """Refuse more files than the limit allows.

    Raises:
        DatasetRefused: `count` is over the limit.
    """
    limit = settings.current().max_dataset_files
    if count > limit:
        raise DatasetRefused(
            "There are {count} files; at most {limit} are allowed. Keep fewer images of each class.",
            count=count,
            limit=limit,
        )


def check_total_size(size: int) -> None:
    """Refuse more bytes than the limit allows.

    Raises:
        DatasetRefused: `size` is over the limit.
    """
    limit = settings.current().max_dataset_mb
    if size > limit * 10**6:
        raise DatasetRefused(
            "The files hold more than {limit} MB after unpacking, which is the limit. "
            "Keep fewer images, or make them smaller.",
            limit=limit,
        )


def check_readable(readable: int, skipped: Sequence[Skipped]) -> None:
    """Refuse a dataset of which most images cannot be used: it is not what its owner thinks.

    Args:
        readable: how many images can be used.
        skipped: the files that cannot; those that do not claim to be images do not count.

    Raises:
        DatasetRefused: more than half cannot be used.
    """
    damaged = [one for one in skipped if looks_like_photo(one.name)]
    total = readable + len(damaged)
    if 2 * len(damaged) > total:
        raise DatasetRefused(
            "{count} of {total} images cannot be used. The most frequent reason, for one of them:",
            count=len(damaged),
            total=total,
        ).because(most_frequent(damaged))


def most_frequent(skipped: Sequence[Skipped]) -> Sentence:
    """Return the reason that most files share, said of the first of them."""
    counts = Counter(one.sentence.template for one in skipped)
    ((template, _),) = counts.most_common(1)
    return next(one.sentence for one in skipped if one.sentence.template == template)


def check_class_sizes(
    images: Sequence[LabeledImage], class_names: Sequence[str], skipped: Sequence[Skipped] = ()
) -> None:
    """Refuse a class with too few images to train on.

    Args:
        images: those that can be used.
        class_names: a label of `images` is an index into them.
        skipped: the files that cannot; if some are of the class, the reason of most of them is said.

    Raises:
        DatasetRefused: a class has fewer than `LEAST_IMAGES`; names the smallest.
    """
    name, fewest = smallest_class(images, class_names)
    if fewest >= LEAST_IMAGES:
        return
    refused = DatasetRefused(
        "The class {name} has only {count} of the {least} usable training images that it needs. "
        "Add images of it, or leave the class out.",
        name=name,
        count=fewest,
        least=LEAST_IMAGES,
    )
    left_out = [one for one in skipped if name in PurePosixPath(one.name).parts]
    raise refused.because(most_frequent(left_out)) if left_out else refused


def smallest_class(images: Iterable[LabeledImage], class_names: Sequence[str]) -> tuple[str, int]:
    """Return the class with the fewest training images, and how many it has."""
    counts = [0] * len(class_names)
    for image in images:
        counts[image.label] += image.part in ("", "train")
    fewest = min(counts)
    return class_names[counts.index(fewest)], fewest
