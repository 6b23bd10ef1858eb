"""Make a judge.pt to go on training from, of the files that are shipped: as exact as their int8 weights are.

python training/restore.py --given DIR --weights DIR --out judge.pt
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from e5 import unpacked
from model import Encoder, Head
from onnx import numpy_helper
from torch import Tensor

MATRICES = ("qkv", "out", "up", "down")  # of a layer, in the order in which it uses them


def layers_of(file: Path) -> dict[str, Tensor]:
    """The layers and the first norm from the encoder's ONNX."""
    graph = onnx.load(file).graph
    arrays = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
    state = {name: value for name, value in arrays.items() if name.startswith(("norm.", "layers."))}
    used = [node.input[1] for node in graph.node if node.op_type == "MatMulInteger"]
    for number, name in enumerate(used):
        base = name.removesuffix("_quantized")
        whole = arrays[name].float() - arrays[f"{base}_zero_point"].float()
        state[f"layers.{number // 4}.{MATRICES[number % 4]}.weight"] = (whole * arrays[f"{base}_scale"]).T.contiguous()
    return state


def head_of(file: Path) -> dict[str, Tensor]:
    """The head from its arrays: what `export.head_arrays` wrote, the other way round."""
    arrays = {name: torch.from_numpy(array) for name, array in np.load(file).items()}
    state = {"centre": arrays["centre"], "weights": arrays["weights"]}
    state |= {f"{name}.weight": arrays[name].T.contiguous() for name in ("key", "whole")}
    layers = {
        "gate.0": arrays["gate_in"],
        "gate.3": arrays["gate_out"],
        "bend.0": arrays["bend_in"],
        "bend.2": arrays["bend_out"][:, None],
        "weigh_content": arrays["weigh_content"][:, None],
        "weigh_part": arrays["weigh_part"][:, None],
    }
    for name, with_bias in layers.items():
        state |= {f"{name}.weight": with_bias[:-1].T.contiguous(), f"{name}.bias": with_bias[-1].contiguous()}
    return state


def main() -> None:
    """Write the file."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("given", "weights", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    given = options.parse_args()
    pretrained = unpacked(np.load(given.given / "encoder.npz"))
    encoder, head = Encoder(pretrained, range(len(pretrained.tensors["emb.word"]))), Head()
    words = np.load(given.weights / "words.npz")
    state = layers_of(given.weights / "encoder.onnx")
    state["word"] = torch.from_numpy(words["words"] * words["scale"][:, None])
    state["place"] = torch.from_numpy(words["places"])
    encoder.load_state_dict(state)
    head.load_state_dict(head_of(given.weights / "head.npz"))
    whole = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    whole |= {f"head.{name}": value for name, value in head.state_dict().items()}
    torch.save(whole, given.out)
    print(f"{given.out}: {sum(value.numel() for value in whole.values()):,} numbers")


if __name__ == "__main__":
    main()
