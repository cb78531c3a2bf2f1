"""A real dendrite under remote control: each line is a way to ask, each answer what the SDK makes of the response."""

import asyncio
import json
import sys

from sdk_common import AxonInfo, ConversionSynapse, Dendrite, Synapse, hashed, keypair, say, version

import aiohttp


def report(synapse):
    d, a = synapse.dendrite, synapse.axon
    return {
        "success": synapse.is_success,
        "failure": synapse.is_failure,
        "timeout": synapse.is_timeout,
        "blacklisted": synapse.is_blacklist,
        "unverified": synapse.failed_verification,
        "status": d.status_code,
        "message": d.status_message,
        "processTime": None if d.process_time is None else float(d.process_time),
        "axonProcessTime": None if a.process_time is None else float(a.process_time),
        "axonHotkey": a.hotkey,
        "nonceKept": d.nonce,
        "prediction": getattr(synapse, "prediction", None),
        "confidence": getattr(synapse, "confidence", None),
        "features": getattr(synapse, "features", None),
    }


async def raw(dendrite, target, synapse, timeout, headers_of=lambda sent, headers: headers, times=1, body_of=lambda body: body):
    """One signed request, changed on the way, sent as often as wanted; the SDK reads the responses."""
    sent = dendrite.preprocess_synapse_for_request(target, synapse, timeout)
    headers, body = headers_of(sent, dict(sent.to_headers())), body_of(sent.model_dump())
    reports = []
    for _ in range(times):
        url = f"http://{target.ip}:{target.port}/{sent.name}"
        mine = sent.model_copy(deep=True)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with aiohttp.ClientSession() as session:
            async with session.post(url, headers={**headers, "Content-Type": "application/json"}, data=data) as response:
                raw_headers = [[k.decode(), v.decode()] for k, v in response.raw_headers]
                dendrite.process_server_response(response, await response.json(), mine)
        reports.append({**report(mine), "http": response.status, "rawHeaders": raw_headers})
    return reports


async def answer(command):
    # The dendrite's own clock decides: a skew shifts what it signs.
    dendrite = Dendrite(wallet=keypair(command.get("key", "//Alice")))
    target = AxonInfo(
        version=0, ip="127.0.0.1", ip_type=4, port=command["port"], hotkey=command["hotkey"], coldkey=command["hotkey"]
    )
    kind = {"plain": ConversionSynapse, "hashed": hashed(), "ping": Synapse}[command.get("class", "plain")]
    synapse = kind() if kind is Synapse else kind(features=command["features"])
    timeout, how = command.get("timeout", 12.0), command.get("how", "ask")
    try:
        if how == "ask":
            count = command.get("count", 1)
            replies = await dendrite.forward([target] * count, synapse, timeout=timeout, deserialize=False)
            return [report(one) for one in replies]
        if how == "replay":
            return await raw(dendrite, target, synapse, timeout, times=2)
        if how == "set":
            change = lambda _, headers: {k: v for k, v in {**headers, **command["headers"]}.items() if v is not None}
            return await raw(dendrite, target, synapse, timeout, change)
        if how == "body":
            return await raw(dendrite, target, synapse, timeout, body_of=lambda _: command["body"].encode())
        raise ValueError(how)
    finally:
        await dendrite.aclose_session()


say(ready=True, version=version)
for line in sys.stdin:
    try:
        say(replies=asyncio.run(answer(json.loads(line))))
    except Exception as error:
        say(error=f"{type(error).__name__}: {error}")
