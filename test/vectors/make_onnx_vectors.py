"""Writes onnx/*.onnx and onnx/expected-PROGRAM.json: graphs that other programs wrote, and what those programs answer.

    /usr/bin/python3 test/vectors/make_onnx_vectors.py torch      (PyTorch 1.13, Debian 12's python3-torch)
    python test/vectors/make_onnx_vectors.py sklearn              (scikit-learn and skl2onnx: the versions are in the JSON)

Features are multiples of 1/32, exact in single precision. `options` are what our reader is told.
"""
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent / "onnx"
expected = {}


def save(made_by, rows):
    text = json.dumps({"madeBy": made_by, "rows": rows, "files": expected})
    (HERE / f"expected-{sys.argv[1]}.json").write_text(text + "\n")


if sys.argv[1] == "torch":
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(12)
    ROWS = torch.randint(0, 96, (5, 40)).float() / 32
    body = nn.Sequential(nn.Linear(40, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1)).eval()

    class WithTime(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = body
            self.time = nn.Linear(40, 1)

        def forward(self, x):
            return torch.sigmoid(self.body(x)).squeeze(1), 100 + torch.exp(self.time(x))

    def write(name, model, options, **more):
        # The exporter sets the mode of all parts back to that of the whole.
        model.eval()
        with torch.no_grad():
            out = model(ROWS)
            probabilities = torch.sigmoid(body(ROWS)).flatten().double().tolist()
            times = out[1].flatten().double().tolist() if isinstance(out, tuple) else None
        torch.onnx.export(model, ROWS[: more.pop("rows", 5)], str(HERE / f"{name}.onnx"), opset_version=13, **more)
        expected[name] = {"options": options, "probabilities": probabilities, "times": times}

    dynamic = {"dynamic_axes": {"x": {0: "batch"}}, "input_names": ["x"]}
    write("torch-probability", nn.Sequential(body, nn.Sigmoid()), {}, **dynamic)
    write("torch-logit-batch-of-3", body, {"output": "logit"}, rows=3)
    names = {"output_names": ["p", "seconds"]}
    write("torch-with-time", WithTime(), {"timeOutput": "seconds"}, **dynamic, **names)
    save(f"PyTorch {torch.__version__}", ROWS.tolist())
else:
    import numpy as np
    import skl2onnx
    import sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    random = np.random.default_rng(12)
    X = random.integers(0, 96, (300, 40)) / 32
    y = (X[:, 0] + X[:, 3] * X[:, 5] > 3).astype(int)

    def write(name, model, kind, **options):
        model.fit(X, y)
        graph = skl2onnx.convert_sklearn(
            model, initial_types=[("x", kind([None, 40]))], options={id(model): options}, target_opset=13
        )
        (HERE / f"{name}.onnx").write_bytes(graph.SerializeToString())
        expected[name] = {"options": {}, "probabilities": model.predict_proba(X[:5])[:, 1].tolist(), "times": None}

    write("sklearn-pipeline", make_pipeline(StandardScaler(), LogisticRegression()), DoubleTensorType, zipmap=False)
    trees = GradientBoostingClassifier(n_estimators=8, max_depth=2, random_state=1)
    write("sklearn-trees", trees, FloatTensorType, zipmap=False)
    write("sklearn-zipmap", LogisticRegression(), FloatTensorType)
    save(f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}", X[:5].tolist())
