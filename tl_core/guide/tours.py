"""Two tours through the lab: stops, each a page with its settings, a task and what it is for.

A stop is known by a mark, such as ``ten-2``: the second stop of the tour ``ten``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tl_core.errors import SettingInvalid
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One stop of a tour.

    Args:
        page: its name in the lab's list of pages.
        title: in English, marked with `N_`, as the other texts.
        task: what to do there.
        reason: what is to be understood by it.
        minutes: how long it takes.
        url: controls of the page that it sets, as in the page's address; all others are the usual ones.
        goes_on: whether the page stays as the stop before has left it, but for `url`.
        folded: whether the page's set-up is folded: this stop is about something that stands below it on a
            phone.
    """

    page: str
    title: str
    task: str
    reason: str
    minutes: int
    url: Mapping[str, str] = field(default_factory=dict)
    goes_on: bool = False
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Tour:
    """A tour: its name in the address, its title, and its stops in order."""

    name: str
    title: str
    stops: tuple[Stop, ...]

    @property
    def minutes(self) -> int:
        """How long all stops take together."""
        return sum(stop.minutes for stop in self.stops)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody is: a stop of a tour, counted from 1."""

    tour: Tour
    number: int

    @property
    def stop(self) -> Stop:
        """The stop itself."""
        return self.tour.stops[self.number - 1]

    @property
    def mark(self) -> str:
        """What the address calls it."""
        return f"{self.tour.name}-{self.number}"

    @property
    def next(self) -> "Place | None":
        """The stop after this one; None at the last."""
        if self.number == len(self.tour.stops):
            return None
        return Place(tour=self.tour, number=self.number + 1)


KERNEL = Stop(
    page="convolution",
    title=N_("A kernel looks at the photo"),
    task=N_(
        "Move the mouse, or a finger, over the result: below it stands the sum that made this pixel. Then "
        "choose another kernel: what does it find?"
    ),
    reason=N_(
        "Nine multiplications and one sum make one pixel of the result. Most of what a network does is this, "
        "millions of times."
    ),
    minutes=2,
)
LEARNED = Stop(
    page="convolution",
    title=N_("Kernels that nobody wrote"),
    task=N_(
        "Look for an edge detector among the network's own filters, then see what the photo becomes deeper "
        "inside."
    ),
    reason=N_(
        "A network finds its kernels by itself. The first ones find edges and colours, whatever the photos "
        "show: that is why they can be used again."
    ),
    minutes=2,
    url={"section": "learned"},
    folded=True,
)
GAP = Stop(
    page="gap",
    title=N_("One number per channel"),
    task=N_(
        "Read the large number. Set the input size to 448 pixels: which of the two bars grows, and why?"
    ),
    reason=N_(
        "Flatten needs a weight for every position of every channel; an average needs one for every channel. "
        "Fewer weights are less to keep, and less room to learn photos by heart."
    ),
    minutes=2,
)
TRAIN = Stop(
    page="train",
    title=N_("Teach it your classes"),
    task=N_("Press Train and leave the settings alone. Watch the two curves below."),
    reason=N_(
        "The network's knowledge of a million photos stays as it is; only a small head learns. That is "
        "the simplest kind of transfer learning, and why it is so fast."
    ),
    minutes=2,
)
PREDICT = Stop(
    page="predict",
    title=N_("Ask it"),
    task=N_(
        "Say what you see, then compare with the network. Change the photo to something of no class: what "
        "does it say now?"
    ),
    reason=N_(
        "The scores add up to 100 % whatever the photo shows. A network that has no class for a thing still "
        "names one."
    ),
    minutes=2,
    url={"guess": "1"},
)
LESSON = (
    Stop(
        page="convolution",
        title=KERNEL.title,
        task=KERNEL.task,
        reason=KERNEL.reason,
        minutes=5,
    ),
    Stop(
        page="convolution",
        title=N_("Find the mystery kernel"),
        task=N_(
            "Which kernel made the left picture? Try kernels until the agreement is near 100. There are "
            "hints."
        ),
        reason=N_(
            "Signs and places of the weights decide what a kernel answers to: look where light becomes dark."
        ),
        minutes=5,
        url={"section": "challenge", "seed": "21"},
    ),
    Stop(
        page="convolution",
        title=LEARNED.title,
        task=LEARNED.task,
        reason=LEARNED.reason,
        minutes=4,
        url=LEARNED.url,
    ),
    Stop(page="gap", title=GAP.title, task=GAP.task, reason=GAP.reason, minutes=6),
    Stop(
        page="train",
        title=N_("Look at the data first"),
        task=N_(
            "Look at the photos of every class. Which would you yourself confuse? Is any class much larger?"
        ),
        reason=N_(
            "A network learns whatever tells the classes apart in your photos, not what you meant. Many "
            "mistakes are made here."
        ),
        minutes=4,
        url={"section": "data"},
    ),
    Stop(
        page="train",
        title=TRAIN.title,
        task=N_(
            "Set Seed to your number in the class list, leave the rest alone, and press Train. Watch the two "
            "curves."
        ),
        reason=TRAIN.reason,
        minutes=7,
        url={"section": "train"},
        goes_on=True,
    ),
    Stop(
        page="train",
        title=N_("Read the mistakes"),
        task=N_(
            "Below the curves, press a field of the table that is not on the diagonal, and look at its "
            "photos."
        ),
        reason=N_(
            "An accuracy is one number. Which photos are wrong says what to do: a wrong label, a hard "
            "photo, or "
            "a class with too few."
        ),
        minutes=5,
        goes_on=True,
    ),
    Stop(
        page="predict",
        title=PREDICT.title,
        task=PREDICT.task,
        reason=PREDICT.reason,
        minutes=5,
        url=PREDICT.url,
    ),
    Stop(
        page="predict",
        title=N_("Break the answer"),
        task=N_(
            "Spoil the photo step by step: from which level on does the answer change? Was it less sure "
            "before?"
        ),
        reason=N_(
            "Often a person still sees the same thing in both photos. What the network goes by is not "
            "always what you think."
        ),
        minutes=4,
        url={"break": "1"},
    ),
)
TOURS = (
    Tour(name="ten", title=N_("Ten minutes"), stops=(KERNEL, LEARNED, GAP, TRAIN, PREDICT)),
    Tour(name="lesson", title=N_("A lesson of 45 minutes"), stops=LESSON),
)


def list_tours() -> tuple[Tour, ...]:
    """Return the tours in the order in which the home page shows them."""
    return TOURS


def get_tour(name: str) -> Tour:
    """Return a tour by its name."""
    return next(tour for tour in TOURS if tour.name == name)


def get_place(mark: str) -> Place:
    """Return the stop that a mark such as ``ten-2`` names.

    Raises:
        SettingInvalid: there is no such stop.
    """
    name, _, number = mark.partition("-")
    for tour in TOURS:
        numbers = [str(one + 1) for one in range(len(tour.stops))]
        if tour.name == name and number in numbers:
            return Place(tour=tour, number=int(number))
    raise SettingInvalid(
        "There is no stop {mark}. The home page shows the tours with their stops.", mark=mark[:40]
    )
