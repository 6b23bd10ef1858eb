"""Policies and content as prompts: pure, the policy first and the same for every content."""

from komainu.policies.render.budget import Budget, PolicyBudget, budget
from komainu.policies.render.prompt import Form, Prompt
from komainu.policies.render.render import VERSION, render, render_reason, system_prompt

__all__ = ["VERSION", "Budget", "Form", "PolicyBudget", "Prompt", "budget", "render", "render_reason", "system_prompt"]
