"""The Python side of timelock.interop.ts: one request (JSON) a line on stdin, one answer a line on stdout, a hello first."""

import importlib.metadata
import json
import sys
import time

import bittensor_core as core


def encrypt(request):
    data, _ = core.encrypt_at_round(bytes.fromhex(request["plaintext"]), request["round"])
    return core.inner_ciphertext(bytes(data)).hex()


def decrypt(request):
    """The envelope that bittensor-core reads: the ciphertext as a SCALE vector, and the round."""
    return bytes(core.decrypt_with_signature(bytes.fromhex(request["envelope"]), request["signature"])).hex()


def rounds(request):
    """The rounds of commits made now, with the time before and after."""
    answers = []
    for state in request["states"]:
        before = time.time()
        _, reveal = core.get_encrypted_commit_v2(
            uids=[0],
            weights=[65535],
            version_key=0,
            last_epoch_block=state["lastEpochBlock"],
            pending_epoch_at=state["pendingEpochAt"],
            subnet_epoch_index=state["epochIndex"],
            tempo=state["tempo"],
            blocks_since_last_step=state["blocksSinceLastStep"],
            current_block=state["block"],
            subnet_reveal_period_epochs=request["periodEpochs"],
            block_time=12.0,
            hotkey=bytes(32),
        )
        answers.append({"round": reveal, "beforeMs": before * 1000, "afterMs": time.time() * 1000})
    return answers


CALLS = {"encrypt": encrypt, "decrypt": decrypt, "rounds": rounds}
print(json.dumps({"version": importlib.metadata.version("bittensor-core")}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        print(json.dumps({"value": CALLS[request["call"]](request)}), flush=True)
    except Exception as error:  # told, not ended by
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
