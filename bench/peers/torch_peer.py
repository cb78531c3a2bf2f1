"""PyTorch, one thread, answering one line of JSON with one line of JSON: the peer of `npm run bench -- learning`.

{"work": "eager", "batch": 64, "rows": 16384} -> {"amount": 16384, "seconds": 0.15}

`eager` is a tight loop over indexed rows, `loader` the DataLoader loop of the Python reference, `norm` eager with BatchNorm and
Dropout, `predict` one row at a time from a dict of 40 numbers, `load` a stored model up to its first answer.
"""
import io
import json
import sys
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
torch.manual_seed(1)
ROWS = 16384
X = torch.randn(ROWS, 40)
# One label in ten is turned: see training.ts.
Y = ((X[:, 0] + X[:, 1] > 0) != (torch.rand(ROWS) < 0.1)).float().unsqueeze(1)


def mlp(norm=False):
    first = [nn.Linear(40, 64)]
    if norm:
        first += [nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3)]
    else:
        first += [nn.ReLU()]
    return nn.Sequential(*first, nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))


def eager(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.BCEWithLogitsLoss()
    model.train()

    def epoch(batch):
        order = torch.randperm(ROWS)
        for start in range(0, ROWS, batch):
            rows = order[start : start + batch]
            optimizer.zero_grad()
            loss_of(model(X[rows]), Y[rows]).backward()
            optimizer.step()
        return ROWS

    return epoch


def loader():
    model = nn.Sequential(mlp(), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.BCELoss()

    def epoch(batch):
        total = 0.0
        model.train()
        for rows, targets in DataLoader(TensorDataset(X, Y), batch_size=batch, shuffle=True):
            optimizer.zero_grad()
            loss = loss_of(model(rows).squeeze(1), targets.squeeze(1))
            loss.backward()
            optimizer.step()
            total += loss.item()
        return ROWS

    return epoch


NAMES = [f"feature_{i}" for i in range(40)]
QUESTIONS = [dict(zip(NAMES, row.tolist())) for row in X[:100]]
MEAN, INVERSE = X.mean(0), 1 / X.std(0)


def answer(model, question):
    with torch.no_grad():
        row = torch.tensor([[question[name] for name in NAMES]])
        return torch.sigmoid(model((row - MEAN) * INVERSE)).item()


serving = mlp().eval()
stored = io.BytesIO()
torch.save(serving.state_dict(), stored)


def predict(times):
    durations = []
    for i in range(times):
        question = QUESTIONS[i % 100]
        start = time.perf_counter()
        answer(serving, question)
        durations.append(time.perf_counter() - start)
    durations.sort()
    return times, {"p50": durations[times // 2], "p99": durations[times * 99 // 100]}


def load(_):
    stored.seek(0)
    model = mlp()
    model.load_state_dict(torch.load(stored))
    answer(model.eval(), QUESTIONS[0])
    return 1


WORKS = {"eager": eager(mlp()), "norm": eager(mlp(norm=True)), "loader": loader(), "predict": predict, "load": load}

with open("/proc/self/maps", encoding="utf8") as maps:
    libraries = maps.read()
fast = torch.backends.mkl.is_available() or any(name in libraries for name in ("openblas", "blis"))
print(json.dumps({"torch": torch.__version__, "fastBlas": fast}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    start = time.perf_counter()
    result = WORKS[ask["work"]](ask["size"])
    amount, more = result if isinstance(result, tuple) else (result, {})
    print(json.dumps({"amount": amount, "seconds": time.perf_counter() - start, **more}), flush=True)
