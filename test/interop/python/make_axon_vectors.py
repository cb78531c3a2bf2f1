"""Writes test/vectors/axon.json: what a real SDK says of str(), hashes and headers. Run with the v10 interpreter of
scripts/interop-venvs.sh: build/interop-venvs/v10/bin/python test/interop/python/make_axon_vectors.py"""

import json
import os
import pathlib
import sys
import warnings
from typing import ClassVar, Optional

sys.argv = sys.argv[:1]
os.environ["BT_NO_PARSE_CLI_ARGS"] = "1"
warnings.simplefilter("ignore")

import bittensor  # noqa: E402
from bittensor.core.dendrite import Dendrite  # noqa: E402
from bittensor.core.chain_data import AxonInfo  # noqa: E402
from bittensor.core.synapse import Synapse, TerminalInfo  # noqa: E402
from bittensor.utils import networking  # noqa: E402
from bittensor_wallet import Keypair  # noqa: E402

networking.get_external_ip = lambda: "203.0.113.7"

TEXTS = [
    "1", "-0", "0", "12345678901234567890123", "1.0", "0.1", "1e-5", "0.0001", "0.00012345", "1e16", "1e15", "123456789012345680.0",
    "9999999999999998.0", "1e22", "1.5e300", "5e-324", "-0.0", "-2.5e-7", "100000.5", "1E3", "3.0e0", "1e999", "-1e999",
    "null", "true", "false", '"plain"', '["plain"]', '["it\'s"]', '["say \\"hi\\""]', '["it\'s \\"both\\""]', '["back\\\\slash"]',
    '["\\n\\t\\r\\u0000\\u001f\\u007f\\u0085\\u00a0\\u00ad"]', '["\\u00e9\\u4e2d\\ud83d\\ude00"]', '["\\u200b\\u2028\\ue000\\ufeff\\u3000"]',
    '["\\ud83e\\udfff \\ud800x"]', "[]", "{}", "[1, [2.0, [null, true]]]", '{"b": 1, "a": {"x": []}, "b": 2}', '{"2": 1, "1": 2}', '{"it\'s": "q\\"q"}',
]


class Dummy(Synapse):
    a: int
    b: int
    c: Optional[int] = None
    d: Optional[list] = None
    required_hash_fields: ClassVar[tuple] = ("a", "b", "d")


class ConversionSynapse(Synapse):
    features: dict
    confidence: Optional[float] = None


class Hashed(Synapse):
    features: dict
    required_hash_fields: ClassVar[tuple] = ("features",)


alice, bob = Keypair.create_from_uri("//Alice"), Keypair.create_from_uri("//Bob")
features = {"session_id": "it's \"q\"", "total_messages": 4, "avg_response_time_seconds": 2.0, "messages_per_minute": 1e-05}
dendrite = Dendrite(wallet=alice)
target = AxonInfo(version=10005000, ip="203.0.113.9", ip_type=4, port=8091, hotkey=bob.ss58_address, coldkey=bob.ss58_address)


def request(synapse):
    sent = dendrite.preprocess_synapse_for_request(target, synapse, 12.0)
    return {"headers": sent.to_headers(), "body": json.dumps(sent.model_dump())}


empty = ConversionSynapse(features=features)
hashed = Hashed(features=features)
vectors = {
    "about": "Made by bittensor " + bittensor.__version__ + " (test/interop/python/make_axon_vectors.py): str() of JSON values, body hashes, requests by //Alice to //Bob.",
    "str": [{"json": text, "python": str(json.loads(text)).encode("utf-8", "backslashreplace").decode()} for text in TEXTS],
    "dummyHash": Dummy(a=1, b=2, d=["foobar"]).body_hash,
    "emptyHash": empty.body_hash,
    "hashedFeatures": {"json": json.dumps({"features": features}), "hash": hashed.body_hash},
    "sender": alice.ss58_address,
    "receiver": bob.ss58_address,
    "plain": request(empty),
    "hashed": request(hashed),
    "terminalFields": list(TerminalInfo.model_fields),
}
path = pathlib.Path(__file__).resolve().parents[2] / "vectors" / "axon.json"
path.write_text(json.dumps(vectors, indent=2) + "\n")
print(path)
