"""What a teacher says and asks at each stop of the lesson, with answers."""

from dataclasses import dataclass

from tl_core.guide.tours import Stop, get_tour
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question for the class; both texts in English, marked with `N_`."""

    text: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stop of the lesson as a teacher gives it.

    Args:
        stop: where, how long, and what the pupils do.
        words: what the teacher says before, in English, marked with `N_`.
        questions: for the talk afterwards.
    """

    stop: Stop
    words: str
    questions: tuple[Question, ...]


PREPARATION = (
    N_("Start the lab and open it on the projector; switch on “For a projector” in the sidebar."),
    N_("Press Train once yourself: then the network is there when the class begins."),
    N_("Show the QR code of the lesson's first stop; everybody opens it on a phone or a computer."),
    N_("Everything works without internet."),
)
_SAID: tuple[tuple[str, tuple[Question, ...]], ...] = (
    (
        N_(
            "Nobody programs a network to find edges. Today we look at what it has found by itself. We "
            "begin with one sum."
        ),
        (
            Question(
                text=N_("Why is the result dark where the photo has one even colour?"),
                answer=N_(
                    "The weights of an edge kernel add up to 0: equal pixels cancel each other."
                ),
            ),
            Question(
                text=N_("What would nine weights of 1/9 do?"),
                answer=N_(
                    "Each pixel becomes the mean of its surroundings: the photo gets blurred."
                ),
            ),
        ),
    ),
    (
        N_("I have a kernel that you do not see, only its result. Find it, in pairs."),
        (
            Question(
                text=N_(
                    "How can you tell from the result whether it finds upright or level edges?"
                ),
                answer=N_("Look at one edge of each direction: only one of them is coloured."),
            ),
        ),
    ),
    (
        N_(
            "These kernels were written by nobody. A network has found them on a million photos. Which do "
            "you recognise?"
        ),
        (
            Question(
                text=N_("Why can filters from photos of dogs and tools be of use for your photos?"),
                answer=N_(
                    "Every photo is made of edges, colours and textures. Only the last layers are about dogs."
                ),
            ),
        ),
    ),
    (
        N_(
            "Inside, the photo has become many small maps. Before it can answer, the network has to make "
            "one list of numbers of them."
        ),
        (
            Question(
                text=N_(
                    "Twice the width and height: how many times as many weights does Flatten need?"
                ),
                answer=N_("About four times; GAP as many as before."),
            ),
            Question(
                text=N_("What does GAP lose?"),
                answer=N_(
                    "Where a thing was. For “what is in the photo” that hardly matters if there are many "
                    "channels; for “where is it” it does."
                ),
            ),
        ),
    ),
    (
        N_("Before we train: a network can only learn what is in the photos. What is in ours?"),
        (
            Question(
                text=N_(
                    "All photos of one class have a green background. What might the network learn?"
                ),
                answer=N_("Green. Then it may call anything on a meadow that class."),
            ),
        ),
    ),
    (
        N_(
            "Now press Train, all of you. The backbone looks once at each photo; then only the head "
            "learns, again and again."
        ),
        (
            Question(
                text=N_("Why do some photos stay out of the training?"),
                answer=N_(
                    "Whoever learns the answers of the exam by heart has shown nothing. Held-out photos "
                    "are the exam."
                ),
            ),
            Question(
                text=N_("Two of you got 88 % and 91 %. Is one of the networks better?"),
                answer=N_(
                    "Look at the intervals: with so few photos they overlap, so it may be chance."
                ),
            ),
        ),
    ),
    (
        N_(
            "A good engineer reads the mistakes, not the score. Find one that you would have made too, "
            "and one that you would not."
        ),
        (
            Question(
                text=N_("Is a wrong answer always the network's fault?"),
                answer=N_("No: the label may be wrong, or the photo may show two things."),
            ),
        ),
    ),
    (
        N_("You guess first, then the network. Then show it something of no class at all."),
        (
            Question(
                text=N_("Why does it not say “I do not know”?"),
                answer=N_(
                    "Its scores always add up to 100 %. Saying nothing has to be added to it, for example "
                    "by a threshold."
                ),
            ),
        ),
    ),
    (
        N_("Last: how little does it take until it is wrong?"),
        (
            Question(
                text=N_("Where would such a mistake be dangerous, and who should answer for it?"),
                answer=N_(
                    "No single right answer: medicine, traffic, the police. Collect what people would "
                    "have to check."
                ),
            ),
        ),
    ),
)


def lesson_plan() -> tuple[Step, ...]:
    """Return the steps of the lesson, one for each stop of its tour."""
    stops = get_tour("lesson").stops
    return tuple(
        Step(stop=stop, words=words, questions=questions)
        for stop, (words, questions) in zip(stops, _SAID, strict=True)
    )
