"""Keras' optimizers as the lab uses them: for one machine."""

import keras


def on_one_machine(optimizer: keras.Optimizer) -> keras.Optimizer:
    """Return `optimizer`, made not to add up gradients of several machines.

    Where there is one machine the sum is its only term, but TensorFlow keeps the sum's own gradient in a
    table that lives as long as the process. From there it reaches the step that was traced, the network, and
    both moments of each of its weights: all of that would stay in memory after every training.
    """
    optimizer._all_reduce_sum_gradients = list
    return optimizer
