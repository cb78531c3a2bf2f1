"""The Python side of wallet.interop.ts: one request (JSON) a line on stdin, one answer a line on stdout, a hello first.

python wallet.py bittensor-wallet | bittensor: the two packages have the same calls under different names.
"""

import ctypes
import importlib.metadata
import json
import os
import sys

# btwallet prints on stdout while it works; the answers alone belong there.
answers_out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

PACKAGE = sys.argv[1]
if PACKAGE == "bittensor":
    from bittensor import sp_core as core
    from bittensor.keyfiles import Keyfile

    Keypair = core.Keypair
else:
    from bittensor_wallet import Keyfile, Keypair
    from bittensor_wallet import keyfile as core


def describe(keypair):
    file = json.loads(bytes(core.serialized_keypair_to_keyfile_data(keypair)))
    return {
        "address": keypair.ss58_address,
        "publicKey": bytes(keypair.public_key).hex(),
        "privateKey": file["privateKey"],
        "cryptoType": keypair.crypto_type,
    }


def key_of(request):
    kind = request.get("cryptoType", 1)
    if "uri" in request:
        return Keypair.create_from_uri(request["uri"], crypto_type=kind)
    if "mnemonic" in request:
        return Keypair.create_from_mnemonic(request["mnemonic"], crypto_type=kind)
    if "privateKey" in request:
        return Keypair.create_from_private_key(request["privateKey"], crypto_type=kind)
    return Keyfile(path=request["path"], name="key").get_keypair(password=request.get("password"))


def derive(request):
    return describe(key_of(request))


def derive_all(request):
    return [describe(key_of({"uri": uri, "cryptoType": request.get("cryptoType", 1)})) for uri in request["uris"]]


def write(request):
    password = request.get("password")
    keypair = key_of(request)
    file = Keyfile(path=request["to"], name="key")
    file.set_keypair(keypair, encrypt=password is not None, overwrite=True, password=password)
    return describe(keypair)


def sign(request):
    return bytes(key_of(request).sign(bytes.fromhex(request["message"]))).hex()


def verify(request):
    keypair = Keypair(ss58_address=request["address"], crypto_type=request.get("cryptoType", 1))
    return bool(keypair.verify(bytes.fromhex(request["message"]), bytes.fromhex(request["signature"])))


def encrypt_legacy(request):
    return bytes(core.legacy_encrypt_keyfile_data(bytes.fromhex(request["data"]), password=request["password"])).hex()


def decrypt(request):
    return bytes(core.decrypt_keyfile_data(bytes.fromhex(request["data"]), request["password"])).hex()


def environment(request):
    """The variable that holds a keyfile's password, and what this package puts into it (out of Python's sight)."""
    file = Keyfile(path=request["path"], name="key")
    file.save_password_to_env(request["password"])
    name = file.env_var_name()
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    return {"name": name, "value": (getenv(name.encode()) or b"").decode() or os.environ.get(name, "")}


def polkadot_json(request):
    return describe(Keypair.create_from_encrypted_json(request["json"], request["password"]))


CALLS = (derive, derive_all, write, sign, verify, encrypt_legacy, decrypt, environment, polkadot_json)
BY_NAME = {call.__name__: call for call in CALLS}


def answer(request):
    try:
        return {"value": BY_NAME[request["do"]](request)}
    except BaseException as error:  # btwallet panics with a BaseException
        return {"error": f"{type(error).__name__}: {error}"}


answers_out.write(json.dumps({"version": importlib.metadata.version(PACKAGE)}) + "\n")
for line in sys.stdin:
    answers_out.write(json.dumps(answer(json.loads(line))) + "\n")
