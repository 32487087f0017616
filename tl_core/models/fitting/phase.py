"""Fits one phase of a training: every epoch is recorded, judged and kept; Stop is heeded all the time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.optimizers.schedules import CosineDecay, LearningRateSchedule
from numpy.typing import NDArray

from tl_core import runs
from tl_core.errors import JobCancelled
from tl_core.models.features.rows import Rows
from tl_core.models.fitting import checkpoint
from tl_core.models.fitting.stepping import steps_at_once, steps_of
from tl_core.models.fitting.told import told_batches
from tl_core.models.networks.heads import compile_head, logits_behind
from tl_core.models.passes import images_at_once
from tl_core.results import scores
from tl_core.runs.reporting import OnProgress, Reporter, check_cancel
from tl_core.runs.snapshots import snapshot
from tl_core.training import CERTAIN, TrainingConfig
from tl_core.training.schedule import best_epoch, cosine_rate, ends_early, rate_after, warm_up_steps

MOST_TO_JUDGE = 128
"""Images at a time, if memory allows."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One stretch of epochs with the same weights learning.

    Args:
        name: key of the UI's table of phases.
        epochs: at most so many passes.
        rate: learning rate of its first epoch.
        before: epochs that the run has behind it when the phase begins.
        unfrozen: blocks of the backbone that learn in it.
    """

    name: str
    epochs: int
    rate: float
    before: int = 0
    unfrozen: int = 0


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a phase has come to; its model holds the weights that were kept.

    Args:
        epoch: the one that was kept, numbered from 1 through the whole run.
        epochs: how many the phase has behind it.
        outputs: what it makes of the validation images, ``(n, units) float32``.
        stopped: somebody pressed Stop before the last epoch.
    """

    epoch: int
    epochs: int
    outputs: NDArray[np.float32]
    stopped: bool


def fit(
    run: runs.Run,
    config: TrainingConfig,
    phase: Phase,
    model: keras.Model,
    *,
    train: Rows,
    validation: Rows,
) -> Fitted:
    """Fit `model` for one phase; goes on from the run's checkpoint of this phase if there is one.

    Raises:
        JobCancelled: somebody pressed Stop before the first epoch was over.
    """
    keras.utils.set_random_seed(config.seed)
    steps = -(-len(train.labels) // config.batch)
    at_once = steps_at_once(train, steps, unfrozen=phase.unfrozen)
    compile_head(model, config, _rate(config, phase, steps))
    begun = checkpoint.restore(run, phase.name, model)
    if at_once > 1:
        model.train_function = steps_of(model, steps, at_once)
    recorder = Recorder(
        run, config, phase, model, validation, begun, len(train.labels), at_once=at_once
    )
    stopped = False
    if begun < phase.epochs and not ends_early(recorder.history, config.patience):
        epochs = range(phase.before + begun, phase.before + phase.epochs)
        try:
            model.fit(
                told_batches(train, config, epochs, units=model.output_shape[-1]),
                steps_per_epoch=-(-steps // at_once),
                epochs=phase.epochs,
                initial_epoch=begun,
                callbacks=[recorder],
                shuffle=False,  # `told_batches` does
                verbose=0,
            )
        except JobCancelled:
            if not recorder.history:
                raise
            stopped = True
    return _kept(run, phase, model, recorder, stopped)


def _rate(config: TrainingConfig, phase: Phase, steps: int) -> float | LearningRateSchedule:
    """Return the rate of a phase with so many steps an epoch; a schedule counts the optimizer's own steps."""
    if config.schedule == "steady":
        return phase.rate
    rising = warm_up_steps(phase.epochs * steps, config.warm_up)
    return CosineDecay(
        0.0, phase.epochs * steps - rising, warmup_target=phase.rate, warmup_steps=rising
    )


def _kept(
    run: runs.Run, phase: Phase, model: keras.Model, recorder: "Recorder", stopped: bool
) -> Fitted:
    """Give the model the weights of the kept epoch: a stopped one has half an epoch too much."""
    best = checkpoint.restore_best(run, phase.name, model)
    if best is None:  # the file was damaged since: what the model holds is the last epoch
        best = len(recorder.history), judge(model, recorder.validation)
    kept, outputs = best
    return Fitted(
        epoch=phase.before + kept,
        epochs=len(recorder.history),
        outputs=outputs,
        stopped=stopped,
    )


class Recorder(keras.callbacks.Callback):
    """Judges and records every epoch, keeps a checkpoint and the best epoch, and stops when asked to."""

    def __init__(
        self,
        run: runs.Run,
        config: TrainingConfig,
        phase: Phase,
        model: keras.Model,
        validation: Rows,
        begun: int,
        images: int,
        *,
        at_once: int,
    ) -> None:
        super().__init__()
        first = phase.before
        self.history = list(snapshot(run).epochs[first : first + begun])
        self.validation = validation
        self._run, self._config, self._phase = run, config, phase
        self._images = images
        self._images_at_once = config.batch * at_once
        self._report = Reporter(run, phase.name)
        self._tell(begun * images)
        self._outputs = _outputs_of(model)

    @property
    def kept(self) -> int:
        """Position of the epoch that is kept: the best, or the last."""
        return best_epoch(self.history) if self._config.keep_best else len(self.history) - 1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the rate: a plateau may have lowered it. A cosine is the optimizer's own business."""
        if self._config.schedule == "steady":
            self._rate = rate_after(self.history, self._phase.rate, self._config.plateau)
            self.model.optimizer.learning_rate.assign(self._rate)
        else:
            self._rate = self._rate_of_last_step(epoch)
        self._seen = epoch * self._images

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Report, and look for the cancel flag, after each call of the `train_function`."""
        check_cancel(self._run)
        done = min((batch + 1) * self._images_at_once, self._images)
        if done < self._images:  # the epoch is not over before it is judged
            self._tell(self._seen + done)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the epoch on the validation images and record it, numbered from 1."""
        outputs = self._judged()
        number = self._phase.before + epoch + 1
        metrics = {
            "epoch": number,
            **{name: float(value) for name, value in logs.items()},
            **judged(self._config, outputs, self.validation.labels),
            "rate": self._rate,
            "unfrozen": self._phase.unfrozen,
        }
        self.history.append(metrics)
        if self.kept == len(self.history) - 1:
            checkpoint.save_best(self._run, self._phase.name, self.model, epoch + 1, outputs)
        self._run.append("epoch", epoch=number, metrics=metrics)
        # After the record: a kill between the two repeats the epoch instead of losing it.
        checkpoint.save(self._run, self._phase.name, self.model, epoch + 1)
        if ends_early(self.history, self._config.patience):
            self.model.stop_training = True
        done = self._phase.epochs if self.model.stop_training else epoch + 1
        self._tell(done * self._images)

    def _rate_of_last_step(self, epoch: int) -> float:
        steps = -(-self._images // self._config.batch)
        last = (epoch + 1) * steps - 1
        return cosine_rate(last, self._phase.epochs * steps, self._phase.rate, self._config.warm_up)

    def _tell(self, images: int, judged: int | None = None) -> None:
        epoch = -(-images // self._images)
        message = f"{epoch}/{self._phase.epochs}"
        if judged is not None:
            message += f" {judged}/{len(self.validation.labels)}"
        self._report(images, self._phase.epochs * self._images, message)

    def _judged(self) -> NDArray[np.float32]:
        return np.concatenate(list(self._checked(self._outputs(self.validation))))

    def _checked(self, batches: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        judged = 0
        # The epoch is not over before it is judged; from the pixels on that takes its time, too.
        learned = self._seen + self._images - 1
        for batch in batches:
            check_cancel(self._run)
            judged += len(batch)
            self._tell(learned, judged)
            yield batch


def judge(model: keras.Model, rows: Rows, report: OnProgress | None = None) -> NDArray[np.float32]:
    """Return the logits of a model for all rows: ``(n, units) float32``.

    Args:
        model: the network, or what learned of it.
        rows: what it is asked about.
        report: is called with every batch, and may raise.
    """
    found: list[NDArray[np.float32]] = []
    done = 0
    for batch in _outputs_of(model)(rows):
        found.append(batch)
        done += len(batch)
        if report:
            report(done, len(rows.labels), "")
    return np.concatenate(found)


def judged(
    config: TrainingConfig, outputs: NDArray[np.float32], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Return ``val_loss`` and ``val_accuracy`` of a model's logits: mean cross entropy, and share right.

    As in Keras: labels are smoothed here too, but every image counts as one, and none is mixed. Of a softmax
    over one unit the loss reads the logits, and the accuracy the answers.
    """
    shares = scores.probabilities(outputs)
    surprise = -np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    loss = surprise[np.arange(len(labels)), labels].mean()
    if config.smoothing:
        loss = (1 - config.smoothing) * loss + config.smoothing * surprise.mean()
    return {
        "val_loss": float(loss),
        "val_accuracy": float((answered(config, outputs).argmax(axis=1) == labels).mean()),
    }


def answered(config: TrainingConfig, logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probabilities that a network with these logits answers with: ``(n, classes)``."""
    if "one-unit" in config.mistakes:
        logits = np.full_like(logits, CERTAIN)
    return scores.probabilities(logits)


def _outputs_of(model: keras.Model) -> Callable[[Rows], Iterator[NDArray[np.float32]]]:
    """Return what yields the outputs of `model`, in inference mode, for all rows in their order."""
    at_once = min(MOST_TO_JUDGE, images_at_once(model))

    # One graph: ``predict`` takes a tenth of a second to begin.
    @tf.function(
        input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)],
        jit_compile=False,
        autograph=False,
    )
    def forward(rows: tf.Tensor) -> tf.Tensor:
        return logits_behind(model(rows, training=False))

    def outputs(rows: Rows) -> Iterator[NDArray[np.float32]]:
        for features in rows.in_order(at_once):
            yield np.asarray(forward(features))

    return outputs
