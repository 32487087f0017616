"""Frozen networks on an engine made for nothing else, without Keras: what a small worker needs.

`exported` keeps what Keras wrote once, `network` runs it, `choice` says which engine computes and how
exactly, `ready` gives what is there, or has it made by a process of its own.
"""

from tl_core.inference.network import Outputs

__all__ = ["Outputs"]
