"""Marks that chat templates are made of."""

import re

# Servers read these as tokens wherever they stand (llama.cpp does): a content that holds some could end the user's turn
# and open one of the system. <|im_start|> and its like (gpt-oss, Llama 3, Qwen, SmolLM), the same with full-width bars
# (DeepSeek), <start_of_turn> (Gemma), [INST] (Mistral), <s> and <<SYS>> (Llama 2).
_MARK = re.compile(
    r"(?i)<(?=[|\uff5c])|<(?=/?s>|<SYS>>|</SYS>>|(?:start|end)_of_turn>|(?:bos|eos|pad|unk|mask)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])"
)
_BREAK = "\u200b"


def without_control_marks(text: str) -> str:
    """The text with a zero-width space in each such mark, so that it reads the same and is no token."""
    return _MARK.sub(lambda mark: mark[0] + _BREAK, text)
