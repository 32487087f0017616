"""The words for what a network is made of, from the pixel to transfer learning."""

from tl_core.guide.term import Term
from tl_core.wording import N_

WORDS = (
    Term(
        name="pixel",
        title=N_("Pixel"),
        meaning=N_(
            "One dot of a photo: three whole numbers from 0 to 255, for red, green and blue. For a "
            "network a photo is nothing but these numbers."
        ),
        page="convolution",
        url={"section": "explore"},
    ),
    Term(
        name="channel",
        title=N_("Channel"),
        meaning=N_(
            "One layer of numbers of an image: a photo has three (red, green, blue), a feature map often "
            "hundreds, each of which answers to another pattern."
        ),
        page="convolution",
        url={"section": "explore", "colour": "red"},
    ),
    Term(
        name="convolution",
        title=N_("Convolution"),
        meaning=N_(
            "Slide a kernel over an image; at each position multiply its weights with the pixels below "
            "and add up. Each sum is one pixel of the result."
        ),
        page="convolution",
        url={"section": "explore"},
    ),
    Term(
        name="kernel",
        title=N_("Kernel"),
        meaning=N_(
            "A small grid of weights that slides over the image, also called a filter. Its weights decide "
            "which pattern it answers to."
        ),
        page="convolution",
        url={"section": "explore"},
    ),
    Term(
        name="weight",
        title=N_("Weight"),
        meaning=N_(
            "A number that a network multiplies with. Training changes the weights and the biases."
        ),
        page="convolution",
        url={"section": "explore"},
    ),
    Term(
        name="bias",
        title=N_("Bias"),
        meaning=N_(
            "A number that is added to a sum, one for each unit: it moves the point from which the unit "
            "answers."
        ),
        page="gap",
        url={"section": "layers"},
    ),
    Term(
        name="stride",
        title=N_("Stride"),
        meaning=N_(
            "How many pixels the kernel moves at each step. Stride 2 halves height and width of the result."
        ),
        page="convolution",
        url={"section": "explore", "stride_y": "2", "stride_x": "2"},
    ),
    Term(
        name="padding",
        title=N_("Padding"),
        meaning=N_(
            "A margin around the image, so that the kernel can stand on its edge too. With “same” the "
            "result is as large as the image while the kernel moves by 1; with “valid” there is no margin."
        ),
        page="convolution",
        url={"section": "explore", "padding": "same"},
    ),
    Term(
        name="dilation",
        title=N_("Dilation"),
        meaning=N_(
            "Gaps between the weights of a kernel: it sees a larger area with the same number of weights."
        ),
        page="convolution",
        url={"section": "explore", "dilation": "2"},
    ),
    Term(
        name="feature_map",
        title=N_("Feature map"),
        meaning=N_(
            "What a layer makes of an image: height × width × channels. A large value says: the pattern "
            "of this channel is here."
        ),
        page="convolution",
        url={"section": "learned"},
    ),
    Term(
        name="activation",
        title=N_("Activation function"),
        meaning=N_(
            "What is done to each sum before it goes on. ReLU sets everything below zero to zero; without "
            "such a bend many layers would be worth no more than one."
        ),
        page="convolution",
        url={"section": "stack"},
    ),
    Term(
        name="pooling",
        title=N_("Pooling"),
        meaning=N_(
            "Replace a small window by its largest value or its mean. The map gets smaller, and the exact "
            "place matters less."
        ),
        page="convolution",
        url={"section": "pooling"},
    ),
    Term(
        name="receptive_field",
        title=N_("Receptive field"),
        meaning=N_(
            "The part of the photo that one value can see. It grows with every layer whose kernel or "
            "window is larger than 1 × 1."
        ),
        page="convolution",
        url={"section": "stack"},
    ),
    Term(
        name="gap",
        title=N_("GAP"),
        meaning=N_(
            "Global average pooling: one mean for each channel of a feature map. It no longer tells where "
            "in the map something was, only how much of it there was."
        ),
        page="gap",
        url={"section": "see"},
    ),
    Term(
        name="flatten",
        title=N_("Flatten"),
        meaning=N_(
            "Write all values of a feature map one after the other. Nothing is lost, but the next layer "
            "needs a weight for every one of them."
        ),
        page="gap",
        url={"section": "layers"},
    ),
    Term(
        name="dense",
        title=N_("Dense layer"),
        meaning=N_(
            "A layer in which every unit has a weight for every input: inputs × units weights, and one "
            "bias for each unit."
        ),
        page="gap",
        url={"section": "layers"},
    ),
    Term(
        name="backbone",
        title=N_("Backbone"),
        meaning=N_(
            "The part of a network that turns a photo into features, trained by others on a million "
            "photos and used again."
        ),
        page="train",
        url={"section": "train"},
    ),
    Term(
        name="head",
        title=N_("Head"),
        meaning=N_(
            "The last part of a network, which turns features into one score for each class. It is new "
            "for your classes."
        ),
        page="gap",
        url={"section": "layers"},
    ),
    Term(
        name="features",
        title=N_("Features"),
        meaning=N_(
            "The numbers that the backbone makes of one photo. Photos of alike things have alike numbers."
        ),
        page="predict",
        url={"section": "photo", "follow": "1"},
    ),
    Term(
        name="imagenet",
        title=N_("ImageNet"),
        meaning=N_(
            "1.3 million photos in 1,000 classes, from dog breeds to tools. Nearly every backbone "
            "here has learned from them."
        ),
        page="predict",
        url={"section": "photo", "run": "imagenet"},
    ),
    Term(
        name="transfer",
        title=N_("Transfer learning"),
        meaning=N_(
            "Take what a network has learned from one task and use it for another. Usually it needs fewer "
            "photos and less time than starting from nothing."
        ),
        page="train",
        url={"section": "transfer"},
    ),
)
