"""A real dendrite of SDK 10 asks every port of its argument once for each line: what a validator's round is."""

import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "interop" / "python"))
from sdk_common import FLOATS, INTEGERS, ConversionSynapse, argv, keypair, say, version  # noqa: E402

from bittensor.core.chain_data import AxonInfo  # noqa: E402
from bittensor.core.dendrite import Dendrite  # noqa: E402


def axon(i, port):
    key = keypair(f"//miner{i}").ss58_address
    return AxonInfo(version=0, ip="127.0.0.1", ip_type=4, port=int(port), hotkey=key, coldkey=key)


axons = [axon(i, port) for i, port in enumerate(argv[1].split(","))]
dendrite = Dendrite(wallet=keypair("//Alice"))
features = {"session_id": "q", **{name: 1 for name in INTEGERS}, **{name: 0.5 for name in FLOATS}}


async def ask():
    start = time.perf_counter()
    replies = await dendrite.forward(axons, ConversionSynapse(features=features), timeout=12.0, deserialize=False)
    seconds = time.perf_counter() - start
    bad = [reply for reply in replies if not reply.is_success]
    return {"error": f"{len(bad)} failed: {bad[0].dendrite}"} if bad else {"seconds": seconds}


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
say(version=version)
for line in sys.stdin:
    say(**loop.run_until_complete(ask()))
