"""The last sections of the Keras script: how it trains, phase by phase."""

FIT = '''def judge(model, features, labels):
    """Return accuracy and mean cross entropy on photos that the model does not learn from."""
    logits = model.predict(features, batch_size=128, verbose=0).astype("float64")
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    of_truth = np.maximum(shares[np.arange(len(labels)), labels], 1e-300)
    return (shares.argmax(axis=1) == labels).mean(), -np.log(of_truth).mean()


def fit(model, features, labels, held_out, held_out_labels, epochs, rate, before=0):
    """Train a model for one phase, and give it the weights of the epoch to keep.

    Returns how many epochs there were; `before` is how many the run had already.
    """
    keras.utils.set_random_seed(SEED)
    loss = {loss}
    # Compile after `trainable` was set: Keras looks at it here.
    model.compile(optimizer(rate), loss, jit_compile=False)
    best, kept, waited, since_halved = None, None, 0, 0
    for epoch in range(before, before + epochs):
        order = np.random.default_rng((SEED, epoch)).permutation(len(labels))
        model.optimizer.learning_rate.assign(rate)
        rows = features(epoch)[order]
        model.fit(rows, labels[order], batch_size=BATCH, shuffle=False, verbose=0)
        accuracy, cost = judge(model, held_out, held_out_labels)
        print(f"epoch {epoch + 1}: validation accuracy {accuracy:.4f}, loss {cost:.4f}", flush=True)
        if best is None or (accuracy, -cost) > best:
            best, waited, since_halved = (accuracy, -cost), 0, 0
            # `variables` has the random numbers of the dropout too, which `weights` leaves out.
            kept = [np.array(one) for one in model.variables] if KEEP_BEST else None
        else:
            waited, since_halved = waited + 1, since_halved + 1
        if PLATEAU and since_halved >= PLATEAU:
            rate, since_halved = rate / 2, 0
        if PATIENCE and waited >= PATIENCE:
            break
    if kept is not None:
        for variable, value in zip(model.variables, kept):
            variable.assign(value)
    return epoch + 1 - before


def optimizer(rate):
    return {optimizer}
'''
MAIN_START = """def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("Which photos? python train.py FOLDER")
    photos, names = find_photos(Path(sys.argv[1]))
    train, validation = photos["train"], photos["validation"]
    labels = np.tile(labels_of(train), COPIES + 1)
    held_out_labels = labels_of(validation)
    backbone, head = build_backbone(), build_head(len(names))
"""
MAIN_HEAD = """
    # First phase: the backbone stays as it is, the head learns to read its features.
    frozen = frozen_part(backbone, END, GAP)
    features, held_out = training_features(frozen, train), features_of(frozen, validation)
    done = fit(head, features, labels, held_out, held_out_labels, EPOCHS, RATE)
"""
MAIN_TAIL = """
    # Second phase: the last layers of the backbone learn too, at a smaller rate.
    frozen = frozen_part(backbone, CUT, False)
    start = backbone.get_layer(CUT).output if CUT else backbone.input
    tail = keras.Model(start, backbone.output)
    for layer in tail.layers:
        # BatchNormalization stays as ImageNet left it. Calling the model with training=False is not
        # enough: `fit` does not heed that, it heeds `trainable`.
        layer.trainable = {trainable}
    x = inputs = keras.Input(tail.input_shape[1:])
    x = tail(x)
    if GAP:
        x = layers.GlobalAveragePooling2D()(x)
    learner = keras.Model(inputs, head(x))
    features, held_out = training_features(frozen, train), features_of(frozen, validation)
    fit(learner, features, labels, held_out, held_out_labels, FINE_EPOCHS, FINE_RATE, done)
"""
MAIN_END = """
    network = whole_network(backbone, head)
    network.save(HERE / "trained.keras")
    guesses = features_of(network, validation).argmax(axis=1)
    for label, name in enumerate(names):
        of_class = guesses[held_out_labels == label]
        found = f"{(of_class == label).sum()} of {len(of_class)} right" if len(of_class) else "–"
        print(f"{name}: {found}")
    accuracy = (guesses == held_out_labels).mean()
    lab = f", in the lab {LAB:.4f}" if names is CLASS_NAMES else ""
    print(f"Validation accuracy {accuracy:.4f}{lab}. Saved: trained.keras")


if __name__ == "__main__":
    main()
"""
