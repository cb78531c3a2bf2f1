"""Writes test/vectors/axon-responses.json: what a real v10 axon sends back, byte for byte. Run as make_axon_vectors.py is."""

import asyncio
import json
import pathlib
import socket
from types import SimpleNamespace
from typing import Tuple

from sdk_common import Axon, AxonInfo, ConversionSynapse, Dendrite, keypair, say, version

import aiohttp

alice, bob, eve = keypair("//Alice"), keypair("//Bob"), keypair("//Eve")
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]


def forward(synapse: ConversionSynapse) -> ConversionSynapse:
    what = synapse.features["session_id"]
    if what == "fail":
        raise RuntimeError("secret")
    synapse.prediction = {"conversion_happened": 1, "time_to_conversion_seconds": 60.0}
    synapse.confidence = 0.8
    if what == "teapot":
        synapse.axon.status_code, synapse.axon.status_message = 418, "no tea"
    return synapse


def blacklist(synapse: ConversionSynapse) -> Tuple[bool, str]:
    return synapse.dendrite.hotkey == eve.ss58_address, "not welcome"


axon = Axon(wallet=SimpleNamespace(hotkey=bob, coldkeypub=bob), port=port, ip="127.0.0.1", external_ip="127.0.0.1")
axon.fast_config.host = "127.0.0.1"
axon.attach(forward_fn=forward, blacklist_fn=blacklist)
axon.start()
target = AxonInfo(version=0, ip="127.0.0.1", ip_type=4, port=port, hotkey=bob.ss58_address, coldkey=bob.ss58_address)


async def exchange(session, key=alice, what="q", path="ConversionSynapse", headers=None, data=None, drop=()):
    dendrite = Dendrite(wallet=key)
    sent = dendrite.preprocess_synapse_for_request(target, ConversionSynapse(features={"session_id": what}), 12.0)
    mine = dict(sent.to_headers()) if headers is None else headers
    mine = {name: value for name, value in mine.items() if name not in drop}
    body = json.dumps(sent.model_dump()).encode() if data is None else data
    async with session.post(
        f"http://127.0.0.1:{port}/{path}", data=body, headers={**mine, "Content-Type": "application/json"}
    ) as response:
        return {
            "status": response.status,
            "headers": [[k.decode(), v.decode()] for k, v in response.raw_headers],
            "body": (await response.read()).decode(),
        }


async def main():
    await asyncio.sleep(1)
    btauth = {"X-Bittensor-Version": "1", "X-Bittensor-Hotkey": alice.ss58_address, "X-Bittensor-Nonce": "1"}
    async with aiohttp.ClientSession() as session:
        return {
            "success": await exchange(session),
            "blacklisted": await exchange(session, key=eve),
            "unsigned": await exchange(session, drop=("bt_header_dendrite_signature",)),
            "failed": await exchange(session, what="fail"),
            "statusOfForward": await exchange(session, what="teapot"),
            "unknownSynapse": await exchange(session, path="Other"),
            "notJson": await exchange(session, data=b"{"),
            "badField": await exchange(session, data=b'{"features": {"session_id": 7}}'),
            "noHash": await exchange(session, drop=("computed_body_hash",)),
            "btauth": await exchange(session, headers=btauth, data=b'{"features": {"session_id": "q"}}'),
        }


responses = asyncio.run(main())
axon.stop()
path = pathlib.Path(__file__).resolve().parents[2] / "vectors" / "axon-responses.json"
about = f"Sent by an axon of bittensor {version} on loopback (test/interop/python/make_axon_responses.py)."
path.write_text(json.dumps({"about": about, "sender": alice.ss58_address, "receiver": bob.ss58_address, **responses}, indent=2) + "\n")
say(path=str(path))
