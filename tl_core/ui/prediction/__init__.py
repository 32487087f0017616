"""What a trained network says of photos that it has never seen."""
