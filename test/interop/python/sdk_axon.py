"""A real axon with a ten-line miner. Its question's id says what it is to do. Arguments: port, key, blacklisted hotkeys."""

import sys
import time
from types import SimpleNamespace
from typing import Tuple

from sdk_common import Axon, ConversionSynapse, argv, hashed, keypair, say, version

port, key, kind, *unwelcome = argv[1:]
hotkey = keypair(key)
Question = hashed() if kind == "hashed" else ConversionSynapse
asked = []


def forward(synapse: Question) -> Question:
    what = synapse.features["session_id"]
    asked.append(what)
    if what.startswith("fail"):
        raise RuntimeError("a secret of the miner's")
    if what.startswith("slow"):
        time.sleep(3)
    happened = 1 if synapse.features.get("total_messages", 0) % 2 == 0 else 0
    synapse.prediction = {"conversion_happened": happened, "time_to_conversion_seconds": 60.0 if happened else -1.0}
    synapse.confidence = 0.8 if happened else 0.2
    return synapse


def blacklist(synapse: Question) -> Tuple[bool, str]:
    return synapse.dendrite.hotkey in unwelcome, "not welcome here"


axon = Axon(
    wallet=SimpleNamespace(hotkey=hotkey, coldkeypub=hotkey), port=int(port), ip="127.0.0.1", external_ip="127.0.0.1"
)
axon.fast_config.host = "127.0.0.1"
axon.attach(forward_fn=forward, blacklist_fn=blacklist)
axon.start()
for _ in range(200):
    if axon.fast_server.started:
        break
    time.sleep(0.05)
say(ready=True, version=version, hotkey=hotkey.ss58_address, announced=axon.info().version)
for line in sys.stdin:
    say(asked=len(asked), uuids=len(axon.nonces))
axon.stop()
