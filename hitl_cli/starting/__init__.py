"""What a workflow starts with: the fields of its start event, and where their values come from.

`reads` finds fields that no class declares in the code of the steps, `fields` has all fields of a workflow, `inputs`
reads `--input` and `--input-file`, and `values` turns these and the request into the values of one run.
"""
