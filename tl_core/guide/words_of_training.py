"""The words for what is done with a network: training, judging, asking."""

from tl_core.guide.term import Term
from tl_core.wording import N_

WORDS = (
    Term(
        name="extraction",
        title=N_("Feature extraction"),
        meaning=N_(
            "The backbone stays as it is, so it need look at every photo only once; only the head learns "
            "from its numbers."
        ),
        page="train",
        url={"section": "train", "unfrozen": "0"},
    ),
    Term(
        name="frozen",
        title=N_("Frozen"),
        meaning=N_(
            "Not changed by training. Frozen weights keep what they know, and what lies before the first "
            "learning layer has to be computed only once."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="cut",
        title=N_("Cut"),
        meaning=N_(
            "Where a network is divided: everything before it is frozen, everything behind it learns, "
            "except for normalisation layers."
        ),
        page="train",
        url={"section": "train", "unfrozen": "3"},
    ),
    Term(
        name="fine_tuning",
        title=N_("Fine-tuning"),
        meaning=N_(
            "The last blocks of the backbone learn too, in small steps, after the head has learned. Too "
            "large steps destroy what they know."
        ),
        page="train",
        url={"section": "train", "unfrozen": "3"},
    ),
    Term(
        name="epoch",
        title=N_("Epoch"),
        meaning=N_("One pass through all training photos."),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="batch",
        title=N_("Batch"),
        meaning=N_(
            "The photos after which the weights are changed once. An epoch has as many steps as it has "
            "batches."
        ),
        page="train",
        url={"section": "train", "more": "1"},
    ),
    Term(
        name="rate",
        title=N_("Learning rate"),
        meaning=N_(
            "How large each step of the weights is. Too small takes for ever; too large jumps over the goal."
        ),
        page="train",
        url={"section": "train", "more": "1"},
    ),
    Term(
        name="optimizer",
        title=N_("Optimizer"),
        meaning=N_(
            "The rule that turns the slope of the loss into a step of the weights; Adam and SGD are two "
            "of them."
        ),
        page="train",
        url={"section": "train", "more": "1"},
    ),
    Term(
        name="loss",
        title=N_("Loss"),
        meaning=N_(
            "One number for how wrong the answers are, also counting how sure they were. Training tries "
            "to make it smaller."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="accuracy",
        title=N_("Accuracy"),
        meaning=N_(
            "The share of photos whose first guess is right. Without the number of photos behind it, it "
            "says little."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="interval",
        title=N_("Confidence interval"),
        meaning=N_(
            "A range made so that it holds the true accuracy in about 95 of 100 measurements. With few "
            "photos it is wide; two networks whose intervals overlap may be equally good."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="validation",
        title=N_("Validation"),
        meaning=N_(
            "Photos that are held out: the network never learns from them, so they show about how well it "
            "does on new ones. Choosing by them, even the best epoch, makes the figure a little too good."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="test",
        title=N_("Test set"),
        meaning=N_(
            "Photos that are looked at once, at the very end. Whoever chooses by them has used them up."
        ),
        page="train",
        url={"section": "train", "more": "1"},
    ),
    Term(
        name="overfitting",
        title=N_("Overfitting"),
        meaning=N_(
            "The network learns its training photos by heart: the training curve goes on improving, the "
            "validation curve does not."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="augmentation",
        title=N_("Augmentation"),
        meaning=N_(
            "Turned, mirrored or shifted copies of the training photos. Take only changes that leave the "
            "class the same: then the network learns what does not matter."
        ),
        page="train",
        url={"section": "train", "augment": "1", "augment_box": "1"},
    ),
    Term(
        name="dropout",
        title=N_("Dropout"),
        meaning=N_(
            "In every step of training some inputs, drawn at random, are left out, so that no unit relies "
            "on a single one. It is off when the network answers."
        ),
        page="train",
        url={"section": "train", "more": "1"},
    ),
    Term(
        name="stopping",
        title=N_("Early stopping"),
        meaning=N_("End the training when validation no longer improves, and keep the best epoch."),
        page="train",
        url={"section": "train", "more": "1"},
    ),
    Term(
        name="seed",
        title=N_("Seed"),
        meaning=N_(
            "The number from which all chance of a training is drawn. The same seed gives the same split "
            "and, on the same machine, the same result."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="leak",
        title=N_("Leak"),
        meaning=N_(
            "The same photo, or two of the same thing in a row, both learned from and judged by. The "
            "accuracy looks better than it is."
        ),
        page="train",
        url={"section": "train", "mistakes_box": "1"},
    ),
    Term(
        name="residual",
        title=N_("Residual connection"),
        meaning=N_(
            "A way around a block: its input is added to its output. Very deep networks are hard to "
            "train without it."
        ),
        page="train",
        url={"section": "skip"},
    ),
    Term(
        name="confusion",
        title=N_("Confusion matrix"),
        meaning=N_(
            "A table: each row a true class, each column a guess. Everything off the diagonal is a "
            "mistake, and says between which two."
        ),
        page="train",
        url={"section": "train", "look": "confusion"},
    ),
    Term(
        name="logits",
        title=N_("Logits"),
        meaning=N_(
            "The sums that the head makes, one for each class, before softmax turns them into shares. "
            "They may have any size and sign."
        ),
        page="predict",
        url={"section": "photo", "read": "1"},
    ),
    Term(
        name="softmax",
        title=N_("Softmax"),
        meaning=N_(
            "Turns logits into shares that are positive and add up to 100 %. A lead of 1 between two "
            "logits is a ratio of 2.7 between their shares."
        ),
        page="predict",
        url={"section": "photo", "read": "1"},
    ),
    Term(
        name="calibration",
        title=N_("Calibration"),
        meaning=N_(
            "Whether being sure means being right: of the answers given with 80 %, about 80 % should be "
            "right."
        ),
        page="train",
        url={"section": "train", "look": "calibration"},
    ),
    Term(
        name="threshold",
        title=N_("Threshold"),
        meaning=N_(
            "How sure the network must be for its answer to count. A higher one makes fewer mistakes, and "
            "is silent more often."
        ),
        page="predict",
        url={"section": "photo", "unsure": "1"},
    ),
    Term(
        name="unknown",
        title=N_("None of these"),
        meaning=N_(
            "A photo of no class of the network. Softmax names one all the same; how near it is to the "
            "training photos tells more."
        ),
        page="predict",
        url={"section": "photo", "none": "1"},
    ),
    Term(
        name="cam",
        title=N_("Grad-CAM"),
        meaning=N_(
            "A map of the places that spoke for a class: the last feature map, each channel weighted by "
            "how much the class's score depends on it."
        ),
        page="predict",
        url={"section": "photo", "why": "1", "why-way": "map"},
    ),
    Term(
        name="occlusion",
        title=N_("Occlusion"),
        meaning=N_(
            "Cover a part of the photo and see how the score changes. What costs most is what the network "
            "goes by."
        ),
        page="predict",
        url={"section": "photo", "why": "1", "why-way": "squares"},
    ),
)
