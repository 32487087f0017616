"""The training job: phases, checkpoints, results, and the learning-rate test."""
