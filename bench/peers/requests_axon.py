"""A miner on a real axon of SDK 10, as its template has one: a list of whom it answers, and an answer at once. Argument: port."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "interop" / "python"))
from sdk_common import ConversionSynapse, argv, keypair, say, version  # noqa: E402

from bittensor.core.axon import Axon  # noqa: E402

port = int(argv[1])
hotkey = keypair("//Bob")
welcome = {keypair("//Alice").ss58_address}


def forward(synapse: ConversionSynapse) -> ConversionSynapse:
    happened = 1 if synapse.features.get("total_messages", 0) % 2 == 0 else 0
    synapse.prediction = {"conversion_happened": happened, "time_to_conversion_seconds": 60.0 if happened else -1.0}
    synapse.confidence = 0.8 if happened else 0.2
    return synapse


def blacklist(synapse: ConversionSynapse) -> Tuple[bool, str]:
    return synapse.dendrite.hotkey not in welcome, "not welcome here"


axon = Axon(wallet=SimpleNamespace(hotkey=hotkey, coldkeypub=hotkey), port=port, ip="127.0.0.1", external_ip="127.0.0.1")
axon.fast_config.host = "127.0.0.1"
axon.attach(forward_fn=forward, blacklist_fn=blacklist)
axon.start()
while not axon.fast_server.started:
    time.sleep(0.05)
say(version=version, port=port)
for line in sys.stdin:
    use = time.process_time()
    say(cpuSeconds=use)
axon.stop()
