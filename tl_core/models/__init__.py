"""Everything that needs Keras; imported only inside worker processes."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

THREADS = int(os.environ.get("TL_THREADS", "2"))
tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.config.threading.set_inter_op_parallelism_threads(THREADS)
# The same seed gives the same run, to the last bit.
tf.config.experimental.enable_op_determinism()
