"""Turn a trained judge into the files that are shipped: int8 encoder, int8 words, head, tokenizer, manifest.

python training/export.py --given DIR --judge judge.pt --out DIR [--fp32]

With --fp32 the encoder and the words stay at full precision, to compare rulings with.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from e5 import unpacked
from model import Encoder, Head
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

NAMES = ("tokenizer.json", "words.npz", "encoder.onnx", "head.npz")


class Padded(nn.Module):
    """The encoder over padded texts, in operations that ONNX has."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.norm, self.layers = encoder.norm, encoder.layers

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """States (texts, longest, width) from words with their places, of the same shape, and mask (texts, longest)."""
        states = self.norm(words)
        hidden = (1.0 - mask)[:, None, None, :] * -1e9
        for layer in self.layers:
            batch, longest, width = states.shape
            split = layer.qkv(states).view(batch, longest, 3, layer.heads, width // layer.heads)
            query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
            found = query @ key.transpose(2, 3) * (width // layer.heads) ** -0.5 + hidden
            mixed = (found.softmax(-1) @ value).transpose(1, 2).reshape(batch, longest, width)
            states = layer.norm_out(states + layer.out(mixed))
            states = layer.norm_down(states + layer.down(nn.functional.gelu(layer.up(states))))
        return states


def head_arrays(head: Head) -> dict[str, np.ndarray]:
    """The head as `komainu.judges.embedded.head.Head` takes it: inputs first, biases last."""

    def with_bias(layer: nn.Linear) -> np.ndarray:
        return torch.cat([layer.weight.T, layer.bias[None, :]]).numpy()

    gate, bend = head.gate, head.bend
    return {
        "centre": head.centre.numpy(),
        "key": head.key.weight.T.numpy(),
        "whole": head.whole.weight.T.numpy(),
        "weigh_content": with_bias(head.weigh_content)[:, 0],
        "weigh_part": with_bias(head.weigh_part)[:, 0],
        "weights": head.weights.numpy(),
        "gate_in": with_bias(gate[0]),
        "gate_out": with_bias(gate[-1]),
        "bend_in": with_bias(bend[0]),
        "bend_out": with_bias(bend[-1])[:, 0],
    }


def write_words(encoder: Encoder, file: Path, *, fp32: bool) -> None:
    """The states below the first layer: a row per piece in int8 with its scale, and the places."""
    words = encoder.word.numpy()
    scale = np.abs(words).max(axis=1) / 127
    small = words if fp32 else np.rint(words / np.maximum(scale, 1e-12)[:, None]).astype(np.int8)
    scale = np.ones_like(scale) if fp32 else scale
    np.savez(file, words=small, scale=scale.astype(np.float32), places=encoder.place.numpy())


def write_encoder(encoder: Encoder, file: Path, *, fp32: bool) -> None:
    """The layers as ONNX."""
    plain = file.with_suffix(".fp32.onnx")
    example = (torch.zeros(2, 5, encoder.word.shape[1]), torch.ones(2, 5))
    axes = {"words": {0: "texts", 1: "tokens"}, "mask": {0: "texts", 1: "tokens"}}
    torch.onnx.export(
        Padded(encoder).eval(),
        example,
        str(plain),
        input_names=["words", "mask"],
        output_names=["states"],
        dynamic_axes=axes | {"states": {0: "texts", 1: "tokens"}},
        opset_version=17,
        dynamo=False,
    )
    if fp32:
        plain.rename(file)
        return
    quantize_dynamic(plain, file, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
    plain.unlink()


def main() -> None:
    """Write the folder."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("given", "judge", "out"):
        options.add_argument(f"--{name}", type=Path, required=True)
    options.add_argument("--fp32", action="store_true")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    pretrained = unpacked(np.load(given.given / "encoder.npz"))
    encoder, head = Encoder(pretrained, range(len(pretrained.tensors["emb.word"]))), Head()
    state = torch.load(given.judge, map_location="cpu")
    encoder.load_state_dict({name[8:]: value for name, value in state.items() if name.startswith("encoder.")})
    head.load_state_dict({name[5:]: value for name, value in state.items() if name.startswith("head.")})
    for parameter in (*encoder.parameters(), *head.parameters()):
        parameter.requires_grad_(False)
    shutil.copyfile(given.given / "tokenizer.json", given.out / "tokenizer.json")
    write_words(encoder, given.out / "words.npz", fp32=given.fp32)
    write_encoder(encoder, given.out / "encoder.onnx", fp32=given.fp32)
    np.savez(given.out / "head.npz", **head_arrays(head))
    digests = {name: hashlib.sha256((given.out / name).read_bytes()).hexdigest() for name in NAMES}
    name = f"1.0+{hashlib.sha256(''.join(digests.values()).encode()).hexdigest()[:8]}"
    manifest = {"name": name, "sha256": digests}
    (given.out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(name, {name: f"{(given.out / name).stat().st_size / 1e6:.1f} MB" for name in NAMES})


if __name__ == "__main__":
    main()
