"""The convolution page: shared controls, and one module for each of its sections."""
