"""Kernels, convolution and pooling in plain NumPy."""
