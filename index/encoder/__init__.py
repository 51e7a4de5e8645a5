"""Texts to vectors: encoders found by name, prepared once, and run by OpenVINO or by torch behind one protocol.

The package does not depend on passages or on the storage of vectors; torch is imported only where it has to run.
"""

from index.encoder.opening import encoder_identity, open_encoder
from index.encoder.protocol import Encoder, EncoderIdentity

__all__ = ["Encoder", "EncoderIdentity", "encoder_identity", "open_encoder"]
