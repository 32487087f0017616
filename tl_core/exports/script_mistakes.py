"""Parts of the Keras script for a run that ends in a softmax over one unit, a mistake made on purpose."""

from tl_core.training import TrainingConfig

_LOGITS = """    logits = head(x)
    if logits.shape[-1] == 1:  # a sigmoid is a softmax over (0, logit)
        logits = keras.ops.concatenate([keras.ops.zeros_like(logits), logits], axis=-1)
    return keras.Model(image, layers.Softmax()(logits))
"""
_ANSWER = """    answer = head(x)  # the probability of the second class: always 1
    return keras.Model(image, keras.ops.concatenate([1 - answer, answer], axis=-1))
"""
_JUDGE = '''def judge(model, features, labels):
    """Return accuracy and mean cross entropy on photos that the model does not learn from, as Keras.

    Every answer is 1, so the accuracy stays at the share of the second class. The loss falls all the same:
    Keras reads the number before the softmax, and takes it for that of a sigmoid.
    """
    cost, accuracy = model.evaluate(features, labels, batch_size=128, verbose=0)
    return accuracy, cost


'''
_BEHIND = """
    # The weights have learned: with another activation, and nothing else changed, they tell classes apart.
    answers = features_of(network, validation)[:, 1]
    head.layers[-1].activation = keras.activations.sigmoid
    behind = features_of(whole_network(backbone, head), validation).argmax(axis=1)
    print(f"Smallest answer {answers.min():.1f}, largest {answers.max():.1f}. The same weights, read through")
    print(f"a sigmoid: {(behind == held_out_labels).mean():.4f} right")
"""


def broken_network(text: str, config: TrainingConfig) -> str:
    """Return the part of the script that builds the whole network, with the mistake if the run made it."""
    return text.replace(_LOGITS, _ANSWER) if "one-unit" in config.mistakes else text


def broken_fit(text: str, config: TrainingConfig) -> str:
    """Return the part of the script that trains, judging as Keras does if the run made the mistake."""
    if "one-unit" not in config.mistakes:
        return text
    fit = text[text.index("def fit(") :]
    return _JUDGE + fit.replace("loss, jit_compile", 'loss, metrics=["accuracy"], jit_compile')


def broken_main(text: str, config: TrainingConfig) -> str:
    """Return the end of the script, which shows what the weights have learned if the run made the mistake."""
    if "one-unit" not in config.mistakes:
        return text
    body, start, end = text.rpartition("\n\nif __name__")
    return body + _BEHIND + start + end
