"""Many channels: GAP. Few channels: Flatten. With the measurement that the two limits come from."""

from dataclasses import dataclass

from tl_core.head_math.setups import HeadSetup
from tl_core.wording import N_, Sentence, Value

FEW = 128
"""Up to here Flatten was ahead at every point of `EVIDENCE`, at most of them beyond the intervals."""
MANY = 320
"""From here on no difference was shown."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Both heads on the first `channels` channels of the same feature map: held-out images right, of `n`."""

    channels: int
    gap: int
    flatten: int
    n: int = 171


EVIDENCE = (
    Evidence(channels=4, gap=78, flatten=88),
    Evidence(channels=8, gap=66, flatten=98),
    Evidence(channels=16, gap=85, flatten=107),
    Evidence(channels=32, gap=82, flatten=110),
    Evidence(channels=64, gap=100, flatten=125),
    Evidence(channels=128, gap=118, flatten=141),
    Evidence(channels=320, gap=142, flatten=146),
    Evidence(channels=1280, gap=147, flatten=147),
)
"""Built-in set, EfficientNet-Lite0 at 160 px (5 × 5 × 1,280), no hidden layer, 40 epochs, three seeds added.

Measured with `ComparisonConfig(dataset="emoji", channels=..., epochs=40)`, as the page's "Measure it" does.
"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a set-up stands: the head to take (empty for either), and why."""

    take: str
    sentence: Sentence


def standing(setup: HeadSetup) -> Standing:
    """Return which head the rule recommends for a set-up, and why.

    Example:
        >>> from tl_core.head_math.heads import HeadConfig
        >>> standing(HeadSetup(config=HeadConfig(), free_map=(7, 7, 512))).take
        'gap'
    """
    height, width, channels = setup.feature_map
    values: dict[str, Value] = {
        "channels": f"{channels:,}",
        "positions": f"{height * width:,}",
        "numbers": f"{height * width * channels:,}",
        "few": FEW,
        "many": MANY,
    }
    if height * width == 1:
        template = N_(
            "There is one position only: the mean of one number is that number, so both heads are the same."
        )
        return Standing(take="", sentence=Sentence(template=template))
    if channels >= MANY:
        template = N_(
            "{channels} channels are many (from {many}): where it was measured their means told the classes "
            "apart as well, and keeping all {positions} positions of each makes {numbers} numbers to learn "
            "by heart."
        )
        return Standing(take="gap", sentence=Sentence(template=template, values=values))
    if channels <= FEW:
        template = N_(
            "{channels} channels are few (up to {few}): where it was measured their means said too little, "
            "so the {positions} positions are needed: {numbers} numbers with Flatten."
        )
        return Standing(take="flatten", sentence=Sentence(template=template, values=values))
    template = N_(
        "{channels} channels are between few ({few}) and many ({many}): the rule does not decide here, a "
        "measurement does."
    )
    return Standing(take="", sentence=Sentence(template=template, values=values))
