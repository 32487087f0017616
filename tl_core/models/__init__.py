"""Everything that needs Keras; imported only inside worker processes."""

import os

from tl_core import settings
from tl_core.machine import memory

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
if settings.current().profile == "classroom":
    # TensorFlow's own allocator keeps for ever the most that it ever had. The system's gives back what is
    # free when it is asked to, but takes more at its largest: in the cloud profile that is what counts.
    os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1")
    memory.keep_until_asked()

import tensorflow as tf

THREADS = int(os.environ.get("TL_THREADS", "2"))
tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.config.threading.set_inter_op_parallelism_threads(THREADS)
# The same seed gives the same run, to the last bit.
tf.config.experimental.enable_op_determinism()
