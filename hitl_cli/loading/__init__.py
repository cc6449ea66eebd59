"""From a reference on the command line to a workflow.

`files` and `outline` read files without importing them, `project` reads the configuration of a project, `references`
says what a reference means, `module_path` where its modules are found, `own_code` what it imports; `importing` imports
it, and `offers` picks the workflow. `failures` says where an author's code failed.
"""
