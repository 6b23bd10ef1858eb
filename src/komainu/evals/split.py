"""Which policies are held out, and which belong together."""

from hashlib import sha256

TWIN = "-twin"
HELD_OUT_FROM = 7  # of the ten parts that policies fall into by their hash


def base_id(policy_id: str) -> str:
    """The policy that a twin is made from; of any other policy, itself. Names the cluster that figures resample."""
    return policy_id.removesuffix(TWIN)


def is_held_out(policy_id: str) -> bool:
    """Whether judges are measured on the policy and never fitted to it: about three in ten, a twin with its base."""
    return int(sha256(base_id(policy_id).encode("utf-8")).hexdigest(), 16) % 10 >= HELD_OUT_FROM
