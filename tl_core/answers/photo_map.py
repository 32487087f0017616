"""Where the photos of a run lie to each other, by the features at the end of the frozen backbone."""

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.nearest import dataset_of, kept_rows
from tl_core.checks import check_choice
from tl_core.errors import SettingInvalid
from tl_core.prediction.nearness import of_length_one
from tl_core.results.metrics import read_model
from tl_core.results.photo_map import LEAST_FOR_TSNE, METHODS, PhotoMap, Rows, choose, pca
from tl_core.training import get_training
from tl_core.training.kept_features import sides_of

PERPLEXITY = 30
"""About how many neighbours t-SNE thinks a photo has; of few photos a third."""


def photo_map(run_id: str, method: str, seed: int) -> PhotoMap:
    """Return the held-out photos of a run and as many of its training photos as fit, as points.

    Args:
        run_id: id of a training that has results.
        method: one of `METHODS`.
        seed: of the training photos that are drawn where there are too many, and of t-SNE.

    Raises:
        DatasetRefused: the dataset is gone, or its features are no longer kept.
        RunNotFound: the run is not there, or not trained.
        SettingInvalid: there is no such method, or it is not installed, or there are too few photos.
    """
    check_choice("method", method, METHODS)
    run = get_training(run_id)
    read_model(run)  # a run that never ended is refused as by every other question
    dataset = dataset_of(run.settings.dataset)
    sides = sides_of(dataset, run.settings)
    held = {"validation": sides.validation, "test": sides.test}
    # One that leaked into training is judged all the same.
    train = np.array(sorted({*sides.train} - {*sides.validation}), np.int64)
    drawn = choose(sum(map(len, held.values())), train, seed)
    named = [("train", int(index)) for index in drawn]
    named += [(part, index) for part, indices in held.items() for index in indices]
    images = [dataset.images[index] for _, index in named]
    rows = kept_rows(run, dataset, [image.sha256 for image in images], of_length_one)
    points, share = pca(rows) if method == "pca" else (_tsne(rows, seed), float("nan"))
    return PhotoMap(
        images=tuple(image.sha256 for image in images),
        labels=np.array([image.label for image in images], np.int64),
        parts=tuple(part for part, _ in named),
        points=points,
        share=share,
        left_out=len(train) - len(drawn),
    )


def _tsne(rows: Rows, seed: int) -> NDArray[np.float32]:
    if len(rows) < LEAST_FOR_TSNE:
        raise SettingInvalid(
            "t-SNE needs {least} photos or more. Choose PCA, or add photos.", least=LEAST_FOR_TSNE
        )
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise SettingInvalid(
            "t-SNE needs a package that is not on the machine that computes: pip install scikit-learn "
            "there, and restart the lab. PCA needs nothing."
        ) from error
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    # Its threads wait for each other with all their might: on a busy machine two took 20 times as long.
    with threadpool_limits(1):
        found = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1).fit_transform(
            rows
        )
    return np.asarray(found, np.float32)
