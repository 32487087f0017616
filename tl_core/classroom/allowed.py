"""What only a teacher may do, and who is a pupil."""

from tl_core.errors import NotAllowed
from tl_core.people import Person, has_key


def is_pupil(by: Person) -> bool:
    """Whether somebody has a pupil's limits: nobody has where no teacher's key is set."""
    return has_key() and not by.teacher


def only_the_teacher(by: Person) -> None:
    """Refuse what somebody else than the teacher asks for.

    Raises:
        NotAllowed: somebody else asks.
    """
    if is_pupil(by):
        raise NotAllowed(
            "Only the teacher may do this. If you are the teacher, open the lab with your key first."
        )
