"""What both sides of an SDK with axons share: no look-ups on the internet, the reference's synapse, lines of JSON."""

import json
import os
import sys
from typing import ClassVar, Optional

os.environ["BT_NO_PARSE_CLI_ARGS"] = "1"
argv, sys.argv = sys.argv, sys.argv[:1]
# The SDK logs to stdout; ours are the lines of JSON.
out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import bittensor  # noqa: E402
from bittensor.utils import networking  # noqa: E402
from typing_extensions import TypedDict  # noqa: E402

try:
    from bittensor.core.axon import Axon
    from bittensor.core.chain_data import AxonInfo
    from bittensor.core.dendrite import Dendrite
    from bittensor.core.synapse import Synapse
    from bittensor_wallet import Keypair
except ImportError:  # SDK 6 and 7
    from bittensor import AxonInfo, Keypair, Synapse
    from bittensor import axon as Axon
    from bittensor import dendrite as Dendrite

networking.get_external_ip = lambda: "203.0.113.7"

INTEGERS = """has_target_entity entities_collected_count hour_of_day day_of_week is_business_hours is_weekend total_messages
user_messages_count agent_messages_count max_message_length_user min_message_length_user total_chars_from_user
max_message_length_agent min_message_length_agent total_chars_from_agent question_count_agent question_count_user
sequential_user_messages sequential_agent_messages repeated_questions""".split()
FLOATS = """conversation_duration_seconds message_ratio conversation_duration_minutes time_to_first_response_seconds
avg_response_time_seconds max_response_time_seconds min_response_time_seconds avg_agent_response_time_seconds
avg_user_response_time_seconds response_time_stddev response_gap_max messages_per_minute avg_message_length_user
avg_message_length_agent questions_per_agent_message questions_per_user_message avg_entity_confidence min_entity_confidence
entity_collection_rate message_alternation_rate""".split()
# Typed and not optional, as the reference has it: a null would be refused.
Features = TypedDict(
    "Features", {"session_id": str, **dict.fromkeys(INTEGERS, int), **dict.fromkeys(FLOATS, float)}, total=False
)
Prediction = TypedDict("Prediction", {"conversion_happened": int, "time_to_conversion_seconds": float})


class ConversionSynapse(Synapse):
    features: Features
    prediction: Prediction = {"conversion_happened": 0, "time_to_conversion_seconds": -1.0}
    confidence: Optional[float] = None
    response_time: float = 0.0
    miner_uid: int = 0


def hashed():
    if hasattr(Synapse, "required_hash_fields"):

        class ConversionSynapse(Synapse):
            features: dict
            confidence: Optional[float] = None
            prediction: Optional[dict] = None
            required_hash_fields: ClassVar[tuple] = ("features",)

    else:  # up to 7.1 a field like any other

        class ConversionSynapse(Synapse):
            features: dict
            confidence: Optional[float] = None
            prediction: Optional[dict] = None
            required_hash_fields: list = ["features"]

    return ConversionSynapse


def say(**values):
    out.write(json.dumps(values) + "\n")
    out.flush()


def keypair(uri):
    return Keypair.create_from_uri(uri)


version = bittensor.__version__
__all__ = ["Axon", "AxonInfo", "ConversionSynapse", "Dendrite", "Synapse", "argv", "hashed", "keypair", "say", "version"]
