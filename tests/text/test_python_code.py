"""Python code is parsed in several threads at once: the workflow's in one, what is on the line in another."""

from concurrent.futures import ThreadPoolExecutor

from hitl_cli.text.python_code import syntax_tree


def test_several_threads_may_parse() -> None:
    """Interpreters before 3.11.8 raise SystemError otherwise."""
    code = "x = 1\n" * 200 + "y = " + "[" * 40 + "]" * 40 + "\n"
    with ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(lambda _: syntax_tree(code), range(60)))
    assert {len(each.body) for each in trees} == {201}
