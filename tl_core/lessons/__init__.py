"""The lessons that train something: skip connections, what transfer buys, and GAP against Flatten."""
