"""The camera, answered by the network in the visitor's own browser."""
