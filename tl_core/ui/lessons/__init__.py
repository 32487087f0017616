"""Lessons beside the training: inside a network, why ResNet trains, what transfer buys."""
