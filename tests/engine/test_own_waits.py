"""The agent's tool gets its own answer and no other: what the upstream example does not do."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.agent.workflow import ToolCallResult
from workflows.events import InputRequiredEvent

import agent_workflow
from events import CLIHumanInputEvent, CLIHumanResponseEvent
from hitl_cli.agent import MAX_CALLS, PersonInTheLoopAgentWorkflow
from hitl_cli.current_run import CurrentRun
from hitl_cli.gate import Gate
from hitl_cli.memory import ListMemory
from hitl_cli.shell import Shell
from tests.engine.scripted import approve, calls, drive, scripted_model

CASES = {
    "six at once": [calls(*[(f"t{n}", f"c{n}") for n in range(6)])],
    "the same command twice at once": [calls(("a", "same"), ("b", "same"))],
    "the same command twice in a row": [calls(("a", "same")), calls(("b", "same"))],
    "the same id in every message": [
        calls(("call_0", "c0")),
        calls(("call_0", "c1")),
        calls(("call_0", "c0")),
    ],
    "empty ids": [calls(("", "c0"), ("", "c1"), ("", "c0"))],
    "the same id at once": [calls(("x", "c0"), ("x", "c1"))],
    "some are rejected": [calls(*[(f"t{n}", f"c{n}") for n in range(5)]), calls(("t5", "c5"))],
}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell that runs only what was approved, each once."""
    shell = Shell("/bin/sh", tmp_path, {"PATH": "/usr/bin:/bin"}, gate=Gate())
    with CurrentRun(shell).entered():
        yield shell


@pytest.mark.parametrize("order", ["first in first out", "last in first out", "any order"])
@pytest.mark.parametrize("case", CASES)
async def test_each_call_gets_its_own_answer(case: str, order: str, shell: Shell, tmp_path: Path) -> None:
    """Each call runs what was approved for it, once, and the model reads that result under that call."""
    approved: dict[str, str] = {}
    rejected: set[str] = set()
    workflow = PersonInTheLoopAgentWorkflow.from_tools_or_functions(
        [agent_workflow.cli_executor], llm=scripted_model(*CASES[case])
    )
    handler = workflow.run(user_msg="go", memory=ListMemory())

    async def answer(batch: list[InputRequiredEvent]) -> None:
        if order == "last in first out":
            batch.reverse()
        elif order == "any order":
            random.Random(7).shuffle(batch)
        for request in batch:
            assert isinstance(request, CLIHumanInputEvent)
            execute = case != "some are rejected" or len(approved) + len(rejected) in (0, 3, 5)
            command = f"echo {len(approved)}-{request.data.command} | tee -a ran"
            if execute:
                approved[request.request_id] = command
                approve(shell, request.request_id, command)
            else:
                rejected.add(request.request_id)
            response = CLIHumanResponseEvent(
                request_id=request.request_id,
                execute=execute,
                command=command if execute else "",
                reason="no",
            )
            handler.ctx.send_event(response)

    events = await drive(handler, answer)
    expected = sum(len(message.blocks) for message in CASES[case])
    results = [str(event.tool_output.content) for event in events if isinstance(event, ToolCallResult)]
    assert len(approved) + len(rejected) == len(results) == expected
    outputs = [command.removeprefix("echo ").removesuffix(" | tee -a ran") for command in approved.values()]
    assert sorted((tmp_path / "ran").read_text().split()) == sorted(outputs)
    for command, output in zip(approved.values(), outputs, strict=True):
        (mine,) = [result for result in results if f"\n{output}\n" in result]
        assert command in mine
        assert "edited" in mine
    assert sum("rejected" in result and "They said: no" in result for result in results) == len(rejected)
    assert str(await handler) == "done"


async def test_second_answer_runs_nothing(shell: Shell, tmp_path: Path) -> None:
    """The engine takes a second answer to a request and enters the tool again; the command still runs once."""
    workflow = PersonInTheLoopAgentWorkflow.from_tools_or_functions(
        [agent_workflow.cli_executor], llm=scripted_model(calls(("a", "x")))
    )
    handler = workflow.run(user_msg="go", memory=ListMemory())

    async def answer(batch: list[InputRequiredEvent]) -> None:
        (request,) = batch
        assert isinstance(request, CLIHumanInputEvent)
        approve(shell, request.request_id, "echo x >> ran")
        for _ in range(2):
            handler.ctx.send_event(
                CLIHumanResponseEvent(request_id=request.request_id, execute=True, command="echo x >> ran")
            )

    await drive(handler, answer)
    assert (tmp_path / "ran").read_text() == "x\n"


async def test_calls_beyond_the_limit_get_an_error_each(shell: Shell) -> None:
    """The first calls are asked about; each of the others has one result, from which the model learns what to do."""
    identities = [f"t{number}" for number in range(MAX_CALLS + 3)]
    workflow = PersonInTheLoopAgentWorkflow.from_tools_or_functions(
        [agent_workflow.cli_executor], llm=scripted_model(calls(*[(each, "x") for each in identities]))
    )
    memory = ListMemory()
    handler = workflow.run(user_msg="go", memory=memory)
    asked: list[str] = []

    async def answer(batch: list[InputRequiredEvent]) -> None:
        for request in batch:
            assert isinstance(request, CLIHumanInputEvent)
            asked.append(request.request_id)
            handler.ctx.send_event(
                CLIHumanResponseEvent(request_id=request.request_id, execute=False, command="")
            )

    await drive(handler, answer)
    assert len(asked) == MAX_CALLS
    results = {
        message.additional_kwargs["tool_call_id"]: str(message.content)
        for message in memory.messages
        if message.role == "tool"
    }
    assert sorted(results) == sorted(identities)
    refused = [identity for identity, result in results.items() if "only the first 32" in result]
    assert sorted(refused) == sorted(identities[MAX_CALLS:])
