"""What workers compute without Keras: answers about photos and networks, and features to train on."""
