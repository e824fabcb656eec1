"""ComfyUI, on a server of one's own: the operator's workflows, whose named places users fill."""
