"""What only a teacher may do, and who is a pupil."""

from tl_core.errors import NotAllowed
from tl_core.people import Person
from tl_core.people.ownership import may_do_all


def is_pupil(by: Person) -> bool:
    """Whether somebody has a pupil's limits: nobody has where no teacher's key is set."""
    return not may_do_all(by)


def only_the_teacher(by: Person) -> None:
    """Refuse what somebody else than the teacher asks for.

    Raises:
        NotAllowed: somebody else asks.
    """
    if is_pupil(by):
        raise NotAllowed(
            "Only the teacher may do this. If you are the teacher, open the lab with your key first."
        )
