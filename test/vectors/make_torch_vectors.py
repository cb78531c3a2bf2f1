"""Writes torch/*.pt and torch/expected-VERSION.json: files of real PyTorch versions, and what they answer to a few rows.

    /usr/bin/python3 test/vectors/make_torch_vectors.py 1    (PyTorch 1.13, Debian 12's python3-torch)
    python test/vectors/make_torch_vectors.py 2              (PyTorch 2.15)

Features are multiples of 1/32, exact in single precision; unknown ones are written as 0, as the reference trains. Two of the
files try to run a command when Python loads them: the command writes a file called "was-executed" into the current folder.
"""
import json
import os
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

VERSION = sys.argv[1]
assert torch.__version__.startswith(VERSION + "."), torch.__version__
HERE = Path(__file__).parent / "torch"
torch.set_num_threads(1)
torch.manual_seed(11)
ROWS = torch.randint(0, 96, (6, 40)).float() / 32


class CustomModel(nn.Module):
    """The guide's."""

    def __init__(self, input_size=40):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(input_size, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Linear(32, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.layers(x)


def reference():
    return nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())


def small(activation, *more):
    return nn.Sequential(nn.Linear(40, 12), activation, *more, nn.Linear(12, 1), nn.Sigmoid())


def trained(model, steps=30):
    """Moves weights and running statistics away from where they start."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    X = torch.randint(0, 96, (64, 40)).float() / 32
    y = (X[:, 0] > X[:, 1]).float().unsqueeze(1)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy(model(X), y).backward()
        optimizer.step()
    return model.eval()


expected = {}


def write(name, content, model, **options):
    """`model` answers; `options` are what the import is told."""
    torch.save(content, HERE / f"{name}.pt")
    with torch.no_grad():
        expected[name] = {"options": options, "probabilities": model(ROWS).flatten().double().tolist()}


class Command:
    def __reduce__(self):
        return os.system, ("touch was-executed",)


class Evaluation:
    def __reduce__(self):
        return eval, ("open('was-executed', 'w')",)


if VERSION == "1":
    model = trained(reference())
    write("reference-1", model.state_dict(), model)
    batch_norm = trained(small(nn.BatchNorm1d(12), nn.Tanh()))
    write("wrapped-1", {"epoch": 3, "loss": 0.25, "model_state_dict": batch_norm.state_dict()}, batch_norm, activation="tanh")
    model = trained(small(nn.LeakyReLU(), nn.BatchNorm1d(12)))
    write("activation-before-norm-1", nn.DataParallel(model).state_dict(), model, activation="leakyRelu")
    torch.save(model.state_dict(), HERE / "old-format-1.pt", _use_new_zipfile_serialization=False)
    torch.save(model, HERE / "whole-module-1.pt")
    torch.save({"0.weight": Command()}, HERE / "command-1.pt")
else:
    model = trained(CustomModel(), 5)
    write("custom-2", model.state_dict(), model)
    model = trained(small(nn.ReLU()))
    optimizer = torch.optim.Adam(model.parameters())
    nn.functional.binary_cross_entropy(model(ROWS), torch.ones(6, 1)).backward()
    optimizer.step()
    checkpoint = {"epoch": 7, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict()}
    write("checkpoint-2", checkpoint, model)
    half = trained(small(nn.GELU())).half()
    write("half-2", half.state_dict(), half.float(), activation="gelu")
    brain = trained(small(nn.ReLU())).bfloat16()
    write("bfloat16-2", {"state_dict": brain.state_dict()}, brain.float())
    double = trained(small(nn.ReLU())).double()
    content = OrderedDict((name, nn.Parameter(tensor)) for name, tensor in double.state_dict().items())
    write("double-parameters-2", content, double.float())
    model = trained(small(nn.ReLU()))
    # The same numbers laid out otherwise: a transposed weight, and both biases inside one storage.
    state = model.state_dict()
    both = torch.cat([torch.zeros(3), state["0.bias"], state["2.bias"]])
    content = {
        "model": {
            "net.0.weight": state["0.weight"].t().contiguous().t(),
            "net.0.bias": both[3:15],
            "net.2.weight": state["2.weight"],
            "net.2.bias": both[15:],
        },
        "optimizer": torch.optim.Adam(model.parameters()).state_dict(),
    }
    assert not content["model"]["net.0.weight"].is_contiguous()
    write("transposed-2", content, model)
    torch.save(model, HERE / "whole-module-2.pt")
    torch.save({"0.weight": Evaluation()}, HERE / "eval-2.pt")

(HERE / f"expected-{VERSION}.json").write_text(
    json.dumps({"madeBy": f"PyTorch {torch.__version__}", "rows": ROWS.tolist(), "files": expected}) + "\n"
)
