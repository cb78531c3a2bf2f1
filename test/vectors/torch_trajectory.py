"""Writes torch-trajectory.json: parameters before and after 100 steps of AdamW in PyTorch.

    /usr/bin/python3 test/vectors/torch_trajectory.py > test/vectors/torch-trajectory.json   (Debian 12, python3-torch)

Inputs are small multiples of 1/32, exact in any precision. Batches of 8 take the rows in order, around and around.
"""
import json

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(7)
ROWS, INPUTS, BATCH, STEPS, RATE, DECAY = 24, 6, 8, 100, 0.01, 0.05
X = torch.randint(-64, 64, (ROWS, INPUTS)).float() / 32
CLASSES = (X[:, 0] + X[:, 1] > 0).float()
TIMES = torch.randint(-64, 64, (ROWS,)).float() / 32

NETWORKS = {
    "relu": ([nn.Linear(6, 7), nn.ReLU(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 1)], "bce"),
    "leakyRelu": ([nn.Linear(6, 9), nn.LeakyReLU(0.2), nn.Linear(9, 1)], "huber"),
    "tanh and sigmoid": ([nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, 5), nn.Sigmoid(), nn.Linear(5, 1)], "bce"),
    "gelu": ([nn.Linear(6, 10), nn.GELU(), nn.Linear(10, 1)], "mse"),
    "batchNorm": ([nn.Linear(6, 7), nn.ReLU(), nn.BatchNorm1d(7), nn.Linear(7, 1)], "bce"),
}
LOSSES = {"bce": nn.BCEWithLogitsLoss(), "huber": nn.HuberLoss(delta=0.3), "mse": nn.MSELoss()}


def flat(model):
    tensors = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    return [float(value) for tensor in tensors.values() for value in tensor.flatten()]


def trained(layers, loss_name):
    model = nn.Sequential(*layers)
    before = flat(model)
    weights = [layer.weight for layer in layers if isinstance(layer, nn.Linear)]
    others = [p for p in model.parameters() if all(p is not w for w in weights)]
    groups = [{"params": weights, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    targets = CLASSES if loss_name == "bce" else TIMES
    for step in range(STEPS):
        start = step * BATCH % ROWS
        optimizer.zero_grad()
        loss = LOSSES[loss_name](model(X[start : start + BATCH]).squeeze(1), targets[start : start + BATCH])
        loss.backward()
        optimizer.step()
    return {"loss": loss_name, "before": before, "after": flat(model)}


print(
    json.dumps(
        {
            "madeBy": f"test/vectors/torch_trajectory.py, PyTorch {torch.__version__}",
            "batch": BATCH,
            "steps": STEPS,
            "learningRate": RATE,
            "weightDecay": DECAY,
            "X": X.tolist(),
            "classes": CLASSES.tolist(),
            "times": TIMES.tolist(),
            "networks": {name: trained(*network) for name, network in NETWORKS.items()},
        }
    )
)
