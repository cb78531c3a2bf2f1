#!/bin/sh
# Makes the Python environments that `npm run test:interop` talks to, in build/interop-venvs. One that cannot be made is left out,
# and its tests are skipped with the reason that is written beside it. Usage: scripts/interop-venvs.sh [NAME ...]
cd "$(dirname "$0")/.." || exit 1
folder=build/interop-venvs
mkdir -p "$folder"

make() {
  name=$1
  shift
  if [ -x "$folder/$name/bin/python" ] && [ -f "$folder/$name/ready" ]; then
    echo "$name: there"
    return
  fi
  rm -rf "$folder/$name" "$folder/$name.reason"
  if "${PYTHON:-python3}" -m venv "$folder/$name" >"$folder/$name.log" 2>&1 &&
    "$folder/$name/bin/pip" install --quiet --disable-pip-version-check "$@" >>"$folder/$name.log" 2>&1; then
    touch "$folder/$name/ready"
    echo "$name: made ($*)"
  else
    tail -n 1 "$folder/$name.log" >"$folder/$name.reason"
    rm -rf "${folder:?}/$name"
    echo "$name: cannot be made: $(cat "$folder/$name.reason")"
  fi
}

wanted() {
  [ -z "$names" ] && return 0
  case " $names " in *" $1 "*) return 0 ;; esac
  return 1
}

names=$*
# v11: btauth/1 (bittensor.http_auth) and wallets. v10: the last SDK with axon and dendrite.
wanted v11 && make v11 "bittensor==11.3.0" "bittensor-wallet==4.1.1"
wanted v10 && make v10 "bittensor==10.5.0"
# v9: the first that lets requests without a signature pass; its newest dependencies do not fit it any more.
wanted v9 && make v9 "bittensor==9.3.0" "async-substrate-interface<1.6"
# v7: of before the SDK was rearranged; it needs a Python below 3.12, and time.
wanted v7 && make v7 "bittensor==7.4.0"
# v71: the last with a monotonic clock for a nonce.
wanted v71 && make v71 "bittensor==7.1.2" "pydantic==2.7.4"
# The last wallet that cannot read a cryptoType which is a number.
wanted wallet40 && make wallet40 "bittensor-wallet==4.0.1"
exit 0
