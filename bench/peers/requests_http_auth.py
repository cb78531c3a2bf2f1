"""FastAPI under uvicorn with uvloop and httptools, which believes what bittensor.http_auth of SDK 11 verifies. Argument: port."""

import json
import os
import sys
import threading
import time

out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import bittensor  # noqa: E402
import uvicorn  # noqa: E402
from bittensor import http_auth  # noqa: E402
from bittensor.sp_core import verify  # noqa: E402
from fastapi import FastAPI, HTTPException, Request  # noqa: E402

try:
    from bittensor_wallet import Keypair
except ImportError:
    from bittensor.sp_core import Keypair


def say(**values):
    out.write(json.dumps(values) + "\n")
    out.flush()


port = int(sys.argv[1])
alice, bob = (Keypair.create_from_uri(uri) for uri in ("//Alice", "//Bob"))
me = bob.ss58_address
welcome = {alice.ss58_address}
app = FastAPI()
store = http_auth.InMemoryNonceStore()


@app.post("/ConversionSynapse")
async def ask(request: Request):
    body = await request.body()
    try:
        caller = http_auth.verify(
            request.headers, body, method="POST", path="/ConversionSynapse", self_hotkey_ss58=me, nonce_store=store
        )
    except http_auth.AuthError as error:
        raise HTTPException(401, str(error))
    if caller.hotkey_ss58 not in welcome:
        raise HTTPException(403, "not welcome here")
    features = json.loads(body)["features"]
    happened = 1 if features.get("total_messages", 0) % 2 == 0 else 0
    prediction = {"conversion_happened": happened, "time_to_conversion_seconds": 60.0 if happened else -1.0}
    return {"prediction": prediction, "confidence": 0.8 if happened else 0.2}


def signatures(times):
    message = b"x" * 227
    signature = bytes(alice.sign(message))
    start = time.process_time()
    for _ in range(times):
        if not verify(message, signature, alice.ss58_address, 1):
            raise RuntimeError("a good signature was refused")
    return time.process_time() - start


server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.05)
say(version=bittensor.__version__, port=port)
for line in sys.stdin:
    command = json.loads(line)
    if command.get("do") == "signatures":
        say(seconds=signatures(command["requests"]), requests=command["requests"])
    else:
        say(cpuSeconds=time.process_time())
