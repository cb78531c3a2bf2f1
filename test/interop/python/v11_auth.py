"""bittensor.http_auth of SDK 11 under remote control: signs, and verifies, one line of JSON at a time."""

import json
import os
import sys

out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import bittensor  # noqa: E402
from bittensor import http_auth  # noqa: E402

try:
    from bittensor_wallet import Keypair
except ImportError:
    from bittensor.sp_core import Keypair



def signer(uri, crypto):
    return Keypair.create_from_uri(uri, crypto_type=crypto) if crypto != 1 else Keypair.create_from_uri(uri)


class Wallet:
    def __init__(self, key):
        self.hotkey = key
        self.coldkey = key
        self.coldkeypub = key


def say(**values):
    out.write(json.dumps(values) + "\n")
    out.flush()


def answer(command):
    body = bytes.fromhex(command.get("body", ""))
    where = {"method": command["method"], "path": command["path"]}
    if command["do"] == "sign":
        key = signer(command["key"], command.get("crypto", 1))
        nonce = command.get("nonce")
        headers = http_auth.sign(
            key, **where, body=body, receiver_ss58=command.get("receiver"), nonce_ns=None if nonce is None else int(nonce)
        )
        return {"headers": headers, "address": key.ss58_address}
    store = http_auth.InMemoryNonceStore() if command.get("fresh", True) else None
    outcomes = []
    for _ in range(command.get("times", 1)):
        try:
            caller = http_auth.verify(
                command["headers"],
                body,
                **where,
                self_hotkey_ss58=command["self"],
                require_receiver=command.get("requireReceiver", True),
                nonce_store=store,
            )
            outcomes.append({"hotkey": caller.hotkey_ss58, "nonce": str(caller.nonce_ns), "crypto": caller.crypto_type})
        except http_auth.AuthError as error:
            outcomes.append({"error": type(error).__name__, "message": str(error)})
    return {"outcomes": outcomes}


say(ready=True, version=bittensor.__version__)
for line in sys.stdin:
    try:
        say(**answer(json.loads(line)))
    except Exception as error:
        say(error=f"{type(error).__name__}: {error}")
