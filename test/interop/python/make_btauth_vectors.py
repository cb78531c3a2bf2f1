"""Writes test/vectors/btauth-v11.json: requests signed by SDK 11's http_auth. Run with the v11 interpreter of scripts/interop-venvs.sh."""

import json
import pathlib

import bittensor
from bittensor import http_auth
from bittensor_wallet import Keypair

NONCE = 1752076800000000000
alice, bob = Keypair.create_from_uri("//Alice"), Keypair.create_from_uri("//Bob")
alice_ed = Keypair.create_from_uri("//Alice", crypto_type=0)
CASES = [
    ("sr25519, bound", alice, "POST", "/ConversionSynapse", '{"features": {"session_id": "q"}}', bob.ss58_address),
    ("sr25519, unbound", alice, "POST", "/generate?stream=false&x=%C3%A9", '{"prompt": "hello"}', None),
    ("sr25519, empty body", alice, "GET", "/health", "", bob.ss58_address),
    ("ed25519, bound", alice_ed, "POST", "/ConversionSynapse", '{"prompt": "h\u00e9llo"}', bob.ss58_address),
    ("ed25519, unbound", alice_ed, "put", "/", "x", None),
]
vectors = {
    "about": f"Signed by bittensor {bittensor.__version__}, http_auth.sign (test/interop/python/make_btauth_vectors.py).",
    "receiver": bob.ss58_address,
    "nonce": str(NONCE),
    "requests": [
        {
            "case": case,
            "method": method,
            "target": path,
            "body": body,
            "sender": key.ss58_address,
            "bound": receiver is not None,
            "headers": http_auth.sign(key, method=method, path=path, body=body.encode(), receiver_ss58=receiver, nonce_ns=NONCE),
        }
        for case, key, method, path, body, receiver in CASES
    ],
}
target = pathlib.Path(__file__).resolve().parents[2] / "vectors" / "btauth-v11.json"
target.write_text(json.dumps(vectors, indent=2) + "\n")
print(target)
