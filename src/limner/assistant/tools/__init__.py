"""Image tools for language models (row C4): described in three shapes, answered with a proposal.

    definition ─▶ shapes (OpenAI, Anthropic, MCP) ─▶ the model calls ─▶ arguments ─▶ propose ─▶ a card

Nothing here can send or spend: a proposal is made from data alone.
"""
