"""The guided way through the lab, as it is drawn: tours, words, a plan for teachers."""
