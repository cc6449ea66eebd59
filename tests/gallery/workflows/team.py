"""Two agents: one plans, and hands over to one that writes files. Neither asks anybody."""

from pathlib import Path

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.llms.openai import OpenAI
from workflows import Context

llm = OpenAI(model="gpt-4o-mini")


async def plan(ctx: Context, steps: list[str]) -> str:
    """Note the steps of the plan."""
    await ctx.store.set("steps", steps)
    return f"{len(steps)} steps"


async def write_file(ctx: Context, name: str, text: str) -> str:
    """Write a file, with the plan above the text."""
    steps = await ctx.store.get("steps", default=[])
    text = "".join(f"- {step}\n" for step in steps) + text
    Path(name).write_text(text)  # noqa: ASYNC240
    return f"{name} is written."


planner = FunctionAgent(
    name="planner",
    description="Plans.",
    system_prompt="You plan, and hand over to the writer.",
    tools=[plan],
    llm=llm,
    can_handoff_to=["writer"],
)
writer = FunctionAgent(
    name="writer",
    description="Writes files.",
    system_prompt="You write what was planned.",
    tools=[write_file],
    llm=llm,
    can_handoff_to=["planner"],
)
team = AgentWorkflow(agents=[planner, writer], root_agent="planner")
