"""The glossary: the field's words as the lab uses them, and where each is seen."""

from tl_core.guide.term import Term
from tl_core.guide.words_of_networks import WORDS as OF_NETWORKS
from tl_core.guide.words_of_training import WORDS as OF_TRAINING

__all__ = ["Term", "list_terms"]


def list_terms() -> tuple[Term, ...]:
    """Return all terms, from the pixel to the answer."""
    return (*OF_NETWORKS, *OF_TRAINING)
