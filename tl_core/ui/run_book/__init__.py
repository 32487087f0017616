"""The run book: every training with its settings, and what can be done with it."""
