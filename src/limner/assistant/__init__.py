"""What a chat model may ask for: it proposes, the person pays."""
